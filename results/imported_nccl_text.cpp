// nccl-tests' text. Sources of the layouts: NVIDIA nccl-tests, src/common.cu and src/util.cu, versions 2.0 to 2.17.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <regex>
#include <utility>

#include "results/exported_origin.hpp"
#include "results/imported_lines.hpp"
#include "results/imported_table.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// Which words of a row are what, from the table's head.
struct Layout {
  int type = -1, redop = -1, half = 0;  ///< `half`: where the first "time" stands
  int per_half = 0;                     ///< words from one "time" to the next
  int halves = 0;
  int wrong = -1;        ///< within a half; −1 where there is no such column
  double second = 1e-6;  ///< unit of times
};

/// "size count type redop root time algbw busbw #wrong time …"; "bytes N type op time algbw busbw res …" before 2.1.
std::optional<Layout> layout_of(const LineWords& words) {
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

/// Reads line by line and knows how far the test at hand has come.
class Reader {
 public:
  explicit Reader(const ImportHints& hints) : hints_(hints), builder_(hints) {
    axes_.operation = operation_from(hints.collective);
    axes_.ranks = hints.ranks;
  }

  Imported read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const auto end = std::min(text.find('\n'), text.size());
      read_line(bare_line(text.substr(0, end)), number);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    break_off("the output ends");
    return builder_.take();
  }

 private:
  enum class Stage {
    idle,
    called,   ///< a command was echoed
    started,  ///< the lines above a table stand: parameters, devices
    table,    ///< its head stands
  };

  void read_line(std::string_view line, std::size_t number) {
    const auto words = words_of_line(line);
    if (words.empty()) return;
    note_collective(line, number);
    if (words[0].starts_with("#")) return read_comment(line, words, number);
    if (words.size() > 3 && integer_in(words[0]) && integer_in(words[1])) return read_row(words, number);
    if (failure_.empty() && tells_failure(line)) failure_ = std::string(line);
    builder_.skip(number, line.find("NCCL ") != std::string_view::npos ? "NCCL's log" : "no row of a table");
  }

  /// The name of the program says what it measured: in a comment of ours and 2.17's, else in an echoed command. In the
  /// midst of a test a line that is not 2.17's may name the program for other reasons: a stack, a warning.
  void note_collective(std::string_view line, std::size_t number) {
    const auto end = line.find("_perf");
    if (end == std::string_view::npos || line.find("concluded") != std::string_view::npos) return;
    auto begin = end;
    while (begin > 0 && (std::isalpha(static_cast<unsigned char>(line[begin - 1])) || line[begin - 1] == '_')) --begin;
    const auto name = line.substr(begin, end - begin);
    const bool starts = line.find("Collective test starting") != std::string_view::npos;
    const bool is_under_way = stage_ == Stage::started || stage_ == Stage::table;
    if (!starts && is_under_way && name == named_) return;
    if (!starts || stage_ != Stage::called || name != named_) break_off("another collective began");
    named_ = std::string(name);
    axes_.operation = operation_from(name);
    if (starts) return start(number);
    stage_ = Stage::called;
    first_line_ = number;
  }

  /// A start of the program.
  void start(std::size_t number) {
    if (stage_ == Stage::called) failure_.clear();  // it started all the same
    break_off("another start of the program began");
    TableAxes axes;
    axes.operation = axes_.operation;
    axes.ranks = axes_.ranks;
    axes.placement = axes_.placement;
    axes_ = axes;
    builder_.start();
    stage_ = Stage::started;
    has_parameters_ = false;
    rank_lines_ = 0;
    last_size_ = 0;
    first_line_ = number;
  }

  void read_comment(std::string_view line, LineWords words, std::size_t number) {
    if (words[0] == "#") words.erase(words.begin());
    if (words.empty()) return;
    if (line.find("Rank ") != std::string_view::npos && line.find(" on ") != std::string_view::npos)
      return count_rank(number);
    if (words[0] == "nThread") return read_parameters(words, number);
    if (const auto layout = layout_of(words)) return open_table(*layout, number);
    if (words[0] == "(B)" && layout_) layout_->second = line.find("(ms)") != std::string_view::npos ? 1e-3 : 1e-6;
    if (line.find("Avg bus bandwidth") != std::string_view::npos) end_table();
    if (line.find("time is the median") != std::string_view::npos) read_own_axes(std::string(line), number);
    if (stage_ == Stage::table && rows_ == 0) read_own_origin(line);
  }

  void count_rank(std::size_t number) {
    if (stage_ != Stage::started) start(number);
    ++rank_lines_;
    axes_.ranks = rank_lines_;
    axes_.placement = fmt::format("{}a", rank_lines_);
  }

  /// "nThread 1 nGpus 8 minBytes 8 maxBytes 1073741824 step: 2(factor) …"
  void read_parameters(const LineWords& words, std::size_t number) {
    if (stage_ != Stage::started || has_parameters_) start(number);
    has_parameters_ = true;
    std::int64_t threads = 1, gpus = 0;
    for (std::size_t i = 0; i + 1 < words.size(); i += 1) {
      const auto value = integer_in(words[i + 1]);
      if (!value) continue;
      if (words[i] == "nThread") threads = *value;
      if (words[i] == "nGpus") gpus = *value;
      if (words[i] == "maxBytes") last_size_ = *value;
    }
    if (hints_.ranks == 0 && gpus > 0 && threads > 0 && gpus < 1 << 16 && threads < 1 << 16) {
      axes_.ranks = static_cast<int>(threads * gpus);
      axes_.placement = fmt::format("{}a", axes_.ranks);
    }
  }

  /// What our own table says above its head.
  void read_own_axes(const std::string& line, std::size_t number) {
    static const std::regex form(
        R"(# (\w+), (\w+), WAN (.+), (\w+) mode, (\w+), (\d{1,7}) ranks(?: \(([^)]*)\))?(?:, rates 1:(\d{1,7}))?(?:, load (\d{1,9}))?(?:, settings ([^;]+))?; time is the median)");
    std::smatch match;
    if (line.size() > 500 || !std::regex_match(line, match, form) || operation_from(match[1].str()).empty())
      return builder_.skip(number, "no head of a table of ours");
    axes_ = {operation_from(match[1].str()), match[2], match[4], match[3], match[5], match[7], std::stoi(match[6])};
    if (match[9].matched) axes_.load = std::stoi(match[9]);
    if (match[10].matched) axes_.settings = match[10];
    ExportedOrigin origin;
    if (match[8].matched) origin.scale = std::stoi(match[8]);
    add_origin(builder_.launch(), origin);
  }

  /// What our own table says below its head.
  void read_own_origin(std::string_view line) {
    constexpr std::string_view uncapped = "# rates uncapped:", engine = "# WAN engine: ", marks = "# marks: ";
    ExportedOrigin origin;
    if (line.starts_with(uncapped)) origin.scale = uncapped_scale;
    if (line.starts_with(engine)) origin.wan_engine = line.substr(engine.size());
    if (line.starts_with(marks)) origin.flags = line.substr(marks.size());
    add_origin(builder_.launch(), origin);
  }

  void open_table(const Layout& layout, std::size_t number) {
    if (stage_ != Stage::started) {
      const auto ranks = rank_lines_;
      start(number);
      rank_lines_ = ranks;  // where no line above this head counts them anew
    }
    layout_ = layout;
    stage_ = Stage::table;
    rows_ = 0;
  }

  void end_table() {
    if (stage_ == Stage::table && rows_ == 0) break_off("the table holds no row and ends");
    stage_ = Stage::idle;
    failure_.clear();
  }

  /// A test that its tool did not end. One of which only the command stands is none, but where a line says it failed.
  void break_off(const std::string& why) {
    const auto stage = std::exchange(stage_, Stage::idle);
    const auto failure = one_line(std::exchange(failure_, {}));
    if (stage == Stage::idle || (stage == Stage::called && failure.empty())) return;
    if (axes_.operation.empty())
      return builder_.skip(first_line_, named_.empty()
                                            ? "a collective that broke off and is not named: give --collective NAME"
                                            : fmt::format("'{}', which is none of ours, broke off", named_));
    auto axes = axes_;
    if (stage != Stage::table && rank_lines_ == 0) {  // nGpus counts those of one process only
      axes.ranks = hints_.ranks;
      axes.placement.clear();
    }
    const auto* place = stage == Stage::table ? "within the table" : "before the table";
    builder_.add_failure(axes, last_size_, failure.empty() ? fmt::format("{} {}", why, place) : failure);
  }

  void read_row(const LineWords& words, std::size_t number) {
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
    int at = layout.half;
    for (int half = 0; half < halves; ++half, at += layout.per_half)
      read_half(words, static_cast<std::size_t>(at), *integer_in(words[0]), type, redop, half == 1 || only_in_place,
                number);
  }

  void read_half(const LineWords& words, std::size_t at, std::int64_t size, const std::string& type,
                 const std::string& redop, bool in_place, std::size_t number) {
    const auto time = number_in(words[at]);
    if (!time) {
      if (words[at] != "N/A") builder_.skip(number, fmt::format("a time that is no number: '{}'", words[at]));
      return;
    }
    ImportBuilder::Value value;
    value.time = *time * layout_->second;
    value.resolution = printed_unit(words[at]) * layout_->second;
    value.algbw = number_in(words[at + 1]).value_or(unknown_value) * 1e9;
    value.busbw = number_in(words[at + 2]).value_or(unknown_value) * 1e9;
    if (layout_->wrong >= 0)
      if (const auto wrong = number_in(words[at + static_cast<std::size_t>(layout_->wrong)]); wrong && *wrong >= 0)
        value.wrong = wrong_elements(*wrong);
    builder_.add(axes_, size, type, redop, in_place, value);
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
  Stage stage_ = Stage::idle;
  bool has_parameters_ = false;
  int rank_lines_ = 0;
  std::size_t rows_ = 0, first_line_ = 0;
  std::int64_t last_size_ = 0;
};

}  // namespace

Imported import_nccl_text(std::string_view text, const ImportHints& hints) { return Reader(hints).read(text); }

}  // namespace longhaul
