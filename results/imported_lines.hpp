#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the readers of other tools' text share of lines and words.
namespace longhaul {

/// Without "[1,0]<stdout>:" or "[prterun-host-1@1,0]<stdout>:", as `mpirun --tag-output` writes it, without "0: " of
/// `srun --label`, and without the end of a DOS line.
std::string_view bare_line(std::string_view line);

/// A text whose first line begins a JSON document behind such a tag, with every line bared; else empty.
std::string bared_json(std::string_view text);

/// What editors of DOS put before a text.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
std::string_view without_byte_order_mark(std::string_view text);

using LineWords = std::vector<std::string_view>;
LineWords words_of_line(std::string_view line);

/// Of a whole word; finite.
std::optional<double> number_in(std::string_view word);
/// Of a whole word; not negative.
std::optional<std::int64_t> integer_in(std::string_view word);

/// A unit of the last digit as printed: 0.01 of "26.03", 10 of "1.5e+02". Of a word that is a number.
double printed_unit(std::string_view word);

/// Whether a line tells of a run that was ended or gave up: NCCL's and CUDA's errors, a launcher's, a batch system's.
bool tells_failure(std::string_view line);

}  // namespace longhaul
