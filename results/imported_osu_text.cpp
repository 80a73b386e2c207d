// OSU micro-benchmarks' collective latency tests: "# OSU MPI Allreduce Latency Test v7.4", "# Datatype: MPI_FLOAT.", a
// head, then rows of size, average, and with -f least, greatest and iterations, with -c Pass or Fail; times in µs.
// Sources: OSU Micro-Benchmarks, c/mpi/collective/blocking/osu_*.c and c/nccl/collective/osu_nccl_*.c, of 2022 to 2024.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

#include "results/imported_lines.hpp"
#include "results/imported_table.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 18> kMpiTypes{{{"MPI_CHAR", "int8"},
                                                                         {"MPI_SIGNED_CHAR", "int8"},
                                                                         {"MPI_INT8_T", "int8"},
                                                                         {"MPI_BYTE", "uint8"},
                                                                         {"MPI_UNSIGNED_CHAR", "uint8"},
                                                                         {"MPI_UINT8_T", "uint8"},
                                                                         {"MPI_INT", "int32"},
                                                                         {"MPI_INT32_T", "int32"},
                                                                         {"MPI_UNSIGNED", "uint32"},
                                                                         {"MPI_UINT32_T", "uint32"},
                                                                         {"MPI_LONG", "int64"},
                                                                         {"MPI_LONG_LONG", "int64"},
                                                                         {"MPI_INT64_T", "int64"},
                                                                         {"MPI_UNSIGNED_LONG", "uint64"},
                                                                         {"MPI_UNSIGNED_LONG_LONG", "uint64"},
                                                                         {"MPI_UINT64_T", "uint64"},
                                                                         {"MPI_FLOAT", "float32"},
                                                                         {"MPI_DOUBLE", "float64"}}};

std::string type_from_mpi(std::string_view name) {
  while (name.ends_with(".")) name.remove_suffix(1);
  for (const auto& [mpi, ours] : kMpiTypes)
    if (name == mpi) return ours;
  return std::string(name);
}

bool reduces_by_name(const std::string& operation) { return operation.find("reduce") != std::string::npos; }

/// OSU's size is what one rank gives to each other (all_to_all) or to all (all_gather); ours is the larger of what a
/// rank sends and receives. The others mean the same.
bool is_size_of_share(const std::string& operation) { return operation == "all_gather" || operation == "all_to_all"; }

/// "MPI-CUDA" → "mpi", "NCCL-CUDA" → "nccl".
std::string backend_from_osu(std::string_view library) {
  std::string name(library.substr(0, library.find('-')));
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return name;
}

std::size_t decimals_of(std::string_view word) {
  const auto point = word.find('.');
  return point == std::string_view::npos ? 0 : word.size() - point - 1;
}

/// Numbers, the first a size, and the verdict of -c; another tool's row has words.
bool is_row(const LineWords& words) {
  return integer_in(words[0]) && (words.size() == 1 || number_in(words[1])) &&
         std::ranges::all_of(words, [](auto word) { return number_in(word) || word == "Pass" || word == "Fail"; });
}

/// Reads line by line and knows which test it is in.
class OsuReader {
 public:
  explicit OsuReader(const ImportHints& hints) : builder_(hints) {
    axes_.backend = "mpi";
    axes_.mode = "latency";
    axes_.ranks = hints.ranks;
    axes_.placement = hints.ranks > 0 ? fmt::format("{}a", hints.ranks) : "";
    axes_.operation = operation_from(hints.collective);
  }

  Imported read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const auto end = text.find('\n');
      const auto line = text.substr(0, end);
      read_line(bare_line(line), number, end == std::string_view::npos);
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    end_test("the output ends before the table's first row");
    return builder_.take();
  }

 private:
  void read_line(std::string_view line, std::size_t number, bool is_cut) {
    const auto words = words_of_line(line);
    if (words.empty()) return;
    if (line.starts_with("# OSU ")) return start(words, number);
    if (line.starts_with("#")) return read_comment(line, words);
    if (is_row(words)) return read_row(words, number, is_cut);
    if (failure_.empty() && tells_failure(line)) failure_ = std::string(line);
    builder_.skip(number, "no row of a table");
  }

  void start(const LineWords& words, std::size_t number) {
    end_test("another test began before the table's first row");
    const auto name = words.size() > 3 ? std::string(words[3]) : std::string();
    axes_.operation = operation_from(name);
    axes_.backend = backend_from_osu(words.size() > 2 ? words[2] : "mpi");
    // In older versions, and over NCCL, nothing tells the type: reductions are of floats, the others of characters.
    type_ = reduces_by_name(axes_.operation) ? "float32" : "int8";
    is_latency_ = true;
    is_open_ = !axes_.operation.empty();
    unread_ = is_open_ ? "" : fmt::format("'{}' is none of our collectives", name);
    if (!is_open_) return builder_.skip(number, unread_);
    builder_.start();
  }

  void read_comment(std::string_view line, const LineWords& words) {
    if (line.starts_with("# Datatype:") && words.size() > 2) {
      type_ = type_from_mpi(words[2]);
      rows_ = 0;  // with -T all a table each: one without a row broke off
    }
    // A head that speaks of anything but the average latency is of a test that measures something else.
    if (line.starts_with("# Size")) is_latency_ = line.find("Latency") != std::string_view::npos;
  }

  void read_row(const LineWords& words, std::size_t number, bool is_cut) {
    // A last line that was not ended may hold less than was printed: fewer columns, fewer digits.
    const bool is_short = rows_ > 0 && (words.size() < columns_ || decimals_of(words.back()) < decimals_);
    if (is_cut && (words.size() == 1 || is_short)) {
      breaks_off_ = true;
      return builder_.skip(number, "a row that breaks off");
    }
    if (words.size() == 1) return builder_.skip(number, "no row of a table");
    ++rows_;
    columns_ = words.size();
    decimals_ = decimals_of(words.back());
    if (!unread_.empty()) return builder_.skip(number, unread_);
    if (!is_latency_) return builder_.skip(number, "rows of a table that holds no average latency");
    if (axes_.operation.empty())
      return builder_.skip(number, "rows of a collective that is not named: give --collective NAME");
    if (axes_.ranks < 1) return builder_.skip(number, "rows of an unknown number of ranks: give --ranks N");
    add(words, number);
  }

  void add(const LineWords& words, std::size_t number) {
    auto size = *integer_in(words[0]);
    const auto time = *number_in(words[1]);
    const std::int64_t shares = is_size_of_share(axes_.operation) ? axes_.ranks : 1;
    if (time < 0 || size > std::numeric_limits<std::int64_t>::max() / shares)
      return builder_.skip(number, "no row of a table");
    size *= shares;
    ImportBuilder::Value value;
    value.time = time * 1e-6;
    value.resolution = printed_unit(words[1]) * 1e-6;
    if (std::ranges::count(words, "Pass") > 0) value.wrong = 0;
    if (std::ranges::count(words, "Fail") > 0) value.wrong = 1;  // at least
    builder_.add(axes_, size, type_, reduces_by_name(axes_.operation) ? "sum" : "none", false, value);
  }

  /// OSU prints nothing below its rows; that a test broke off shows only in what is missing, or in what others say.
  void end_test(const std::string& why) {
    const auto failure = one_line(std::exchange(failure_, {}));
    const bool breaks_off = std::exchange(breaks_off_, false);
    const bool has_rows = std::exchange(rows_, 0) > 0;
    if (!std::exchange(is_open_, false) || (failure.empty() && has_rows && !breaks_off)) return;
    const auto reason = breaks_off ? std::string("the output ends within a row") : why;
    builder_.add_failure(axes_, 0, failure.empty() ? reason : failure);
  }

  ImportBuilder builder_;
  TableAxes axes_;
  std::string type_ = "float32", unread_, failure_;
  bool is_open_ = false, is_latency_ = true, breaks_off_ = false;
  std::size_t rows_ = 0, columns_ = 0, decimals_ = 0;
};

}  // namespace

Imported import_osu_text(std::string_view text, const ImportHints& hints) { return OsuReader(hints).read(text); }

}  // namespace longhaul
