// nccl-tests' JSON (-J, versions 2 and 3). Its quirks: booleans and roots are strings, NaN is the string "nan",
// infinity stands there raw, a run that was killed leaves an open document, of which what is whole is read.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "results/exported_origin.hpp"
#include "results/imported_lines.hpp"
#include "results/imported_table.hpp"
#include "results/json_documents.hpp"

namespace longhaul {
namespace {

/// inf, -inf, nan and Infinity outside of strings become null.
std::string without_infinities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (in_string && letter == '\\' && i + 1 < text.size()) {
      out += letter;
      out += text[++i];
      continue;
    }
    if (letter == '"') in_string = !in_string;
    if (letter == '\n') in_string = false;  // one that broke off
    if (!in_string) {
      bool replaced = false;
      for (const std::string_view word : {"-Infinity", "Infinity", "-inf", "inf", "-nan", "nan"})
        if (!replaced && text.substr(i).starts_with(word)) {
          out += "null";
          i += word.size() - 1;
          replaced = true;
        }
      if (replaced) continue;
    }
    out += letter;
  }
  return out;
}

double number_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : unknown_value;
}

std::string text_of(const nlohmann::json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

double time_of(const nlohmann::json& half) {
  const double time = number_at(half, "time");
  return std::isnan(time) ? number_at(half, "cpu_time") : time;
}

/// The program's name is the last part of its first argument.
std::string collective_of(const nlohmann::json& document) {
  const auto args = document.find("args");
  if (args == document.end() || !args->is_array() || args->empty() || !args->front().is_string()) return {};
  const auto path = args->front().get<std::string>();
  return operation_from(path.substr(path.rfind('/') + 1));
}

std::size_t ranks_of(const nlohmann::json& document) {
  for (const auto* section : {"config", "devices"})
    if (const auto found = document.find(section); found != document.end()) {
      if (found->is_array()) return found->size();
      if (found->is_object() && found->contains("devices") && (*found)["devices"].is_array())
        return (*found)["devices"].size();
    }
  return 0;
}

/// How finely a document prints its times: JSON keeps no trailing zeros, so from all of them together. With a fixed
/// number of decimals that number tells, with a fixed number of digits this.
class PrintedTimes {
 public:
  explicit PrintedTimes(const nlohmann::json& rows) {
    for (const auto& row : rows)
      for (const auto* half : {"out_of_place", "in_place"})
        if (row.is_object())
          if (const auto found = row.find(half); found != row.end() && found->is_object()) note(time_of(*found));
  }
  /// Of one time, in its unit.
  double resolution(double time) const { return std::max(least_unit_, place_of(time) / std::pow(10, digits_ - 1)); }

 private:
  static double place_of(double time) { return time > 0 ? std::pow(10, std::floor(std::log10(time))) : 0; }
  void note(double time) {
    if (!(time > 0)) return;
    const double unit = printed_unit(fmt::format("{}", time));
    least_unit_ = std::min(least_unit_, unit);
    digits_ = std::max(digits_, 1 + std::round(std::log10(place_of(time) / unit)));
  }
  double least_unit_ = 1, digits_ = 1;
};

/// The halves of one row; what of them cannot be read is told with the row's line.
class RowReader {
 public:
  RowReader(ImportBuilder& builder, const TableAxes& axes, const PrintedTimes& times)
      : builder_(builder), axes_(axes), times_(times) {}

  void read(const nlohmann::json& row, std::size_t line) {
    if (!row.is_object()) return builder_.skip(line, "a row that is no object");
    const double size = number_at(row, "size");
    if (!(size >= 0 && size < 9e18)) return builder_.skip(line, "a row without a size");
    const bool has_half = is_there(row, "out_of_place") || is_there(row, "in_place");
    if (!has_half) return builder_.skip(line, "a row without a time");
    read_half(row, "out_of_place", false, line);
    read_half(row, "in_place", true, line);
  }

 private:
  static bool is_there(const nlohmann::json& row, const char* key) {
    const auto half = row.find(key);
    return half != row.end() && !half->is_null();
  }

  void read_half(const nlohmann::json& row, const char* key, bool in_place, std::size_t line) {
    if (!is_there(row, key)) return;
    const auto& half = row.at(key);
    const double time = half.is_object() ? time_of(half) : unknown_value;
    if (!(time >= 0)) return builder_.skip(line, fmt::format("'{}' without a time", key));
    ImportBuilder::Value value;
    value.time = time * 1e-6;
    value.resolution = times_.resolution(time) * 1e-6;
    value.algbw = number_at(half, "alg_bw") * 1e9;
    value.busbw = number_at(half, "bus_bw") * 1e9;
    if (const double wrong = number_at(half, "nwrong"); wrong >= 0 && wrong < 9e18)
      value.wrong = static_cast<std::int64_t>(std::ceil(wrong));
    builder_.add(axes_, static_cast<std::int64_t>(number_at(row, "size")),
                 type_from_nccl(text_of(row, "type", "float")), text_of(row, "redop", "none"), in_place, value);
  }

  ImportBuilder& builder_;
  const TableAxes& axes_;
  const PrintedTimes& times_;
};

/// What our own documents say besides.
void read_own_axes(const nlohmann::json& document, TableAxes& axes, LaunchRow& launch) {
  const auto own = document.find("longhaul");
  if (own == document.end() || !own->is_object()) return;
  for (const auto& [key, member] : {std::pair{"algorithm", &TableAxes::algorithm},
                                    {"mode", &TableAxes::mode},
                                    {"wan", &TableAxes::wan},
                                    {"backend", &TableAxes::backend},
                                    {"placement", &TableAxes::placement},
                                    {"settings", &TableAxes::settings}})
    axes.*member = text_of(*own, key, axes.*member);
  if (const double load = number_at(*own, "load"); load >= 0 && load <= 1e9)
    axes.load = static_cast<std::int32_t>(load);
  ExportedOrigin origin;
  if (const double scale = number_at(*own, "scale"); scale >= uncapped_scale && scale <= 1e9)
    origin.scale = static_cast<std::int32_t>(scale);
  origin.wan_engine = text_of(*own, "wan_engine", origin.wan_engine);
  origin.flags = text_of(*own, "flags", "");
  add_origin(launch, origin);
}

/// Why it is no success, where it is none.
std::string failure_of(const JsonDocument& document) {
  if (!document.is_whole) return fmt::format("the document breaks off, or is damaged, by line {}", document.last);
  const auto results = document.value.find("results");
  if (results == document.value.end() || !results->is_array()) return "the document has no list 'results'";
  return results->empty() ? "the list of results is empty" : "";
}

void import_document(const JsonDocument& document, const ImportHints& hints, ImportBuilder& builder) {
  const auto& value = document.value;
  builder.start();
  TableAxes axes;
  axes.operation = hints.collective.empty() ? collective_of(value) : operation_from(hints.collective);
  const auto counted = ranks_of(value);
  axes.ranks = hints.ranks > 0 ? hints.ranks : static_cast<int>(std::min<std::size_t>(counted, 1 << 20));
  axes.placement = axes.ranks > 0 ? fmt::format("{}a", axes.ranks) : "";
  read_own_axes(value, axes, builder.launch());
  if (axes.operation.empty())
    return builder.skip(document.first, "a collective that is not named: give --collective NAME");
  if (const auto failure = failure_of(document); !failure.empty()) builder.add_failure(axes, 0, failure);
  const auto results = value.find("results");
  if (results == value.end() || !results->is_array() || results->empty()) return;
  if (axes.ranks < 1) return builder.skip(document.first, "an unknown number of ranks: give --ranks N");
  const PrintedTimes times(*results);
  RowReader rows(builder, axes, times);
  for (std::size_t i = 0; i < results->size(); ++i)
    rows.read((*results)[i], i < document.row_lines.size() ? document.row_lines[i] : document.first);
}

}  // namespace

Imported import_nccl_json(std::string_view text, const ImportHints& hints) {
  ImportBuilder builder(hints);
  const auto clean = without_infinities(text);
  const auto found = json_documents(clean, "results");
  for (const auto& document : found.documents) import_document(document, hints, builder);
  for (const auto line : found.strays) builder.skip(line, "no JSON");
  return builder.take();
}

}  // namespace longhaul
