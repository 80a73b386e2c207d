// nccl-tests' text. Sources of the layouts: NVIDIA nccl-tests, src/common.cu and src/util.cu, versions 2.0 to 2.17.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <regex>

#include "results/imported_table.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
  Words words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<double> number_of(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_of(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

/// "[1,0]<stdout>:" as `mpirun --tag-output` writes it, and the end of a DOS line.
std::string_view bare(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.starts_with("[")) {
    const auto close = line.find(']');
    const auto inside = line.substr(1, close == std::string_view::npos ? 0 : close - 1);
    const bool is_tag = !inside.empty() && inside.find_first_not_of("0123456789,") == std::string_view::npos;
    if (is_tag) {
      line.remove_prefix(close + 1);
      if (line.starts_with("<"))
        if (const auto end = line.find(">:"); end != std::string_view::npos) line.remove_prefix(end + 2);
      if (line.starts_with(":")) line.remove_prefix(1);
    }
  }
  return line;
}

/// Which words of a row are what, from the table's head.
struct Layout {
  int type = -1, redop = -1, half = 0;  ///< `half`: where the first "time" stands
  int per_half = 0;                     ///< words from one "time" to the next
  int halves = 0;
  int wrong = -1;        ///< within a half; −1 where there is no such column
  double second = 1e-6;  ///< unit of times
};

/// "size count type redop root time algbw busbw #wrong time …"; "bytes N type op time algbw busbw res …" before 2.1.
std::optional<Layout> layout_of(const Words& words) {
  if (words.size() < 6 || (words[0] != "size" && words[0] != "bytes")) return std::nullopt;
  Layout layout;
  if (words[0] == "bytes") layout.second = 1e-3;
  std::vector<int> times;
  for (int i = 0; i < static_cast<int>(words.size()); ++i) {
    const auto word = words[static_cast<std::size_t>(i)];
    if (word == "type") layout.type = i;
    if (word == "redop" || word == "op") layout.redop = i;
    if (word == "time" || word == "cputime") times.push_back(i);
    const bool counts_errors = word == "error" || word == "#wrong" || word == "res";
    if (counts_errors && times.size() == 1) layout.wrong = i - times[0];
  }
  if (times.empty() || layout.type < 0) return std::nullopt;
  layout.half = times[0];
  layout.halves = static_cast<int>(std::min<std::size_t>(times.size(), 2));
  layout.per_half = times.size() > 1 ? times[1] - times[0] : static_cast<int>(words.size()) - times[0];
  const bool in_order = layout.type < layout.half && layout.redop < layout.half && layout.wrong < layout.per_half;
  return in_order && layout.per_half >= 3 ? std::optional(layout) : std::nullopt;
}

/// Reads line by line and knows which table it is in.
class Reader {
 public:
  explicit Reader(const ImportHints& hints) : hints_(hints), builder_(hints) {
    axes_.operation = operation_from(hints.collective);
    axes_.ranks = hints.ranks;
  }

  Imported read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const auto end = std::min(text.find('\n'), text.size());
      read_line(bare(text.substr(0, end)), number);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    close_table("the output ends within the table");
    return builder_.take();
  }

 private:
  void read_line(std::string_view line, std::size_t number) {
    const auto words = words_of(line);
    if (words.empty()) return;
    note_collective(line);
    if (words[0].starts_with("#")) return read_comment(line, words, number);
    if (words.size() > 3 && integer_of(words[0]) && integer_of(words[1])) return read_row(words, number);
    note_failure(line);
    builder_.skip(number, line.find("NCCL ") != std::string_view::npos ? "NCCL's log" : "no row of a table");
  }

  /// The name of the program says what it measured: in a comment of ours and 2.17's, else in an echoed command.
  void note_collective(std::string_view line) {
    const auto end = line.find("_perf");
    if (end == std::string_view::npos) return;
    auto begin = end;
    while (begin > 0 && (std::isalpha(static_cast<unsigned char>(line[begin - 1])) || line[begin - 1] == '_')) --begin;
    const auto operation = operation_from(line.substr(begin, end - begin));
    if (line.find("concluded") != std::string_view::npos) return;
    if (in_table_) close_table("another collective began within the table");
    named_ = std::string(line.substr(begin, end - begin));
    axes_.operation = operation;
  }

  void note_failure(std::string_view line) {
    for (const auto* sign : {"Test NCCL failure", "Test CUDA failure", "Test failure", "unhandled",
                             "remote process exited", "Aborted", "SIGTERM", "CANCELLED", "TIME LIMIT"})
      if (line.find(sign) != std::string_view::npos) failure_ = std::string(line);
  }

  void read_comment(std::string_view line, Words words, std::size_t number) {
    if (words[0] == "#") words.erase(words.begin());
    if (words.empty()) return;
    if (line.find("Rank ") != std::string_view::npos && line.find(" on ") != std::string_view::npos)
      return count_rank();
    if (words[0] == "nThread") return read_parameters(words);
    if (const auto layout = layout_of(words)) return open_table(*layout);
    if (words[0] == "(B)" && layout_) layout_->second = line.find("(ms)") != std::string_view::npos ? 1e-3 : 1e-6;
    if (line.find("Avg bus bandwidth") != std::string_view::npos) end_table();
    if (line.find("time is the median") != std::string_view::npos) read_own_axes(std::string(line), number);
  }

  void count_rank() {
    if (concluded_) rank_lines_ = 0;
    concluded_ = false;
    ++rank_lines_;
    axes_.ranks = rank_lines_;
    axes_.placement = fmt::format("{}a", rank_lines_);
  }

  /// "nThread 1 nGpus 8 minBytes 8 maxBytes 1073741824 step: 2(factor) …"
  void read_parameters(const Words& words) {
    std::int64_t threads = 1, gpus = 0;
    for (std::size_t i = 0; i + 1 < words.size(); i += 1) {
      const auto value = integer_of(words[i + 1]);
      if (!value) continue;
      if (words[i] == "nThread") threads = *value;
      if (words[i] == "nGpus") gpus = *value;
      if (words[i] == "maxBytes") last_size_ = *value;
    }
    if (hints_.ranks == 0 && gpus > 0 && threads > 0 && gpus < 1 << 16 && threads < 1 << 16) {
      axes_.ranks = static_cast<int>(threads * gpus);
      axes_.placement = fmt::format("{}a", axes_.ranks);
    }
    rank_lines_ = 0;
  }

  /// What our own table says above its head.
  void read_own_axes(const std::string& line, std::size_t number) {
    static const std::regex form(
        R"(# (\w+), (\w+), WAN (.+), (\w+) mode, (\w+), (\d{1,7}) ranks(?: \(([^)]*)\))?(?:, rates 1:(\d{1,7}))?(?:, settings ([^;]+))?; time is the median)");
    std::smatch match;
    if (line.size() > 500 || !std::regex_match(line, match, form) || operation_from(match[1].str()).empty())
      return builder_.skip(number, "no head of a table of ours");
    axes_ = {operation_from(match[1].str()), match[2], match[4], match[3], match[5], match[7], std::stoi(match[6])};
    if (match[9].matched) axes_.settings = match[9];
    if (match[8].matched) builder_.launch().scale = std::stoi(match[8]);
  }

  void open_table(const Layout& layout) {
    close_table("another table began within the table");
    layout_ = layout;
    in_table_ = true;
    rows_ = 0;
  }

  void end_table() {
    if (in_table_ && rows_ == 0) close_table("the table holds no row");
    in_table_ = false;
    concluded_ = true;
    failure_.clear();
  }

  /// A table that was not ended by its tool.
  void close_table(const std::string& why) {
    if (in_table_ && !axes_.operation.empty())
      builder_.add_failure(axes_, last_size_, failure_.empty() ? why : one_line(failure_));
    in_table_ = false;
    failure_.clear();
  }

  void read_row(const Words& words, std::size_t number) {
    ++rows_;
    if (!layout_) return builder_.skip(number, "a row above any head of a table");
    if (axes_.operation.empty())
      return builder_.skip(number, named_.empty() ? "rows of a collective that is not named: give --collective NAME"
                                                  : fmt::format("rows of '{}', which is none of ours", named_));
    const auto& layout = *layout_;
    const auto count = static_cast<int>(words.size());
    int halves = std::min(layout.halves, (count - layout.half) / layout.per_half);
    if (halves < 1) return builder_.skip(number, "a row that breaks off");
    if (axes_.ranks < 1) return builder_.skip(number, "rows of an unknown number of ranks: give --ranks N");
    const auto type = type_from_nccl(words[static_cast<std::size_t>(layout.type)]);
    const std::string redop = layout.redop < 0 ? "none" : std::string(words[static_cast<std::size_t>(layout.redop)]);
    // Where only one half was measured (a replay) it is the second, and the first is blank.
    const bool only_in_place = halves == 1 && layout.halves == 2;
    for (int half = 0; half < halves; ++half)
      read_half(words, static_cast<std::size_t>(layout.half + half * layout.per_half), *integer_of(words[0]), type,
                redop, half == 1 || only_in_place, number);
  }

  void read_half(const Words& words, std::size_t at, std::int64_t size, const std::string& type,
                 const std::string& redop, bool in_place, std::size_t number) {
    const auto time = number_of(words[at]);
    if (!time) {
      if (words[at] != "N/A") builder_.skip(number, fmt::format("a time that is no number: '{}'", words[at]));
      return;
    }
    ImportBuilder::Value value;
    value.time = *time * layout_->second;
    value.algbw = number_of(words[at + 1]).value_or(unknown_value) * 1e9;
    value.busbw = number_of(words[at + 2]).value_or(unknown_value) * 1e9;
    if (layout_->wrong >= 0)
      if (const auto wrong = number_of(words[at + static_cast<std::size_t>(layout_->wrong)]); wrong && *wrong >= 0)
        value.wrong = wrong_elements(*wrong);
    if (!builder_.add(axes_, size, type, redop, in_place, value))
      builder_.skip(number, "a point that stands in this file already");
  }

  /// Before 2.13 the column holds the greatest error, not a count: rounding is no wrong element.
  static std::int64_t wrong_elements(double value) {
    constexpr double most = 1e15, rounding = 1e-2;
    if (value < rounding) return 0;
    return static_cast<std::int64_t>(std::min(std::ceil(value), most));
  }

  const ImportHints& hints_;
  ImportBuilder builder_;
  TableAxes axes_;
  std::optional<Layout> layout_;
  std::string named_, failure_;
  bool in_table_ = false, concluded_ = false;
  int rank_lines_ = 0;
  std::size_t rows_ = 0;
  std::int64_t last_size_ = 0;
};

}  // namespace

Imported import_nccl_text(std::string_view text, const ImportHints& hints) { return Reader(hints).read(text); }

}  // namespace longhaul
