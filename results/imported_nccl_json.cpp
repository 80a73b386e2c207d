// nccl-tests' JSON (-J, versions 2 and 3). Its quirks: booleans and roots are strings, NaN is the string "nan",
// infinity stands there raw, a run that was killed leaves an open document.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "results/imported_table.hpp"
#include "topologies/error.hpp"
#include "topologies/text.hpp"

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

double number(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : unknown_value;
}

std::string text_of(const nlohmann::json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
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

void add_half(ImportBuilder& builder, const TableAxes& axes, const nlohmann::json& row, const char* key,
              bool in_place) {
  const auto half = row.find(key);
  const double size = number(row, "size");
  if (half == row.end() || !half->is_object() || !(size >= 0 && size < 9e18)) return;
  double time = number(*half, "time");
  if (std::isnan(time)) time = number(*half, "cpu_time");
  if (std::isnan(time)) return;
  ImportBuilder::Value value{time * 1e-6, number(*half, "alg_bw") * 1e9, number(*half, "bus_bw") * 1e9, -1};
  if (const double wrong = number(*half, "nwrong"); wrong >= 0 && wrong < 9e18)
    value.wrong = static_cast<std::int64_t>(std::ceil(wrong));
  builder.add(axes, static_cast<std::int64_t>(size), type_from_nccl(text_of(row, "type", "float")),
              text_of(row, "redop", "none"), in_place, value);
}

/// One document, or one a line, as `convert --to nccl-tests-json` writes several collectives.
std::vector<nlohmann::json> documents_of(std::string_view text, const std::string& source) {
  const auto clean = without_infinities(text);
  if (auto whole = nlohmann::json::parse(clean, nullptr, false); !whole.is_discarded()) return {std::move(whole)};
  std::vector<nlohmann::json> documents;
  for (const auto& line : split(clean, '\n')) {
    if (line.empty()) continue;
    documents.push_back(nlohmann::json::parse(line, nullptr, false));
    if (documents.back().is_discarded())
      throw UsageError(
          "'{}' is no complete JSON: a run that was killed leaves its document open; give its text instead", source);
  }
  return documents;
}

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
  if (const double scale = number(*own, "scale"); scale >= 1 && scale <= 1e9)
    launch.scale = static_cast<std::int32_t>(scale);
}

void import_document(const nlohmann::json& document, const ImportHints& hints, std::size_t line,
                     ImportBuilder& builder) {
  TableAxes axes;
  axes.operation = hints.collective.empty() ? collective_of(document) : operation_from(hints.collective);
  const auto counted = ranks_of(document);
  axes.ranks = hints.ranks > 0 ? hints.ranks : static_cast<int>(std::min<std::size_t>(counted, 1 << 20));
  axes.placement = axes.ranks > 0 ? fmt::format("{}a", axes.ranks) : "";
  read_own_axes(document, axes, builder.launch());
  const auto results = document.find("results");
  if (axes.operation.empty()) builder.skip(line, "a collective that is not named: give --collective NAME");
  if (axes.ranks < 1) builder.skip(line, "an unknown number of ranks: give --ranks N");
  if (results == document.end() || !results->is_array()) builder.skip(line, "no list 'results'");
  if (axes.operation.empty() || axes.ranks < 1 || results == document.end() || !results->is_array()) return;
  for (const auto& row : *results) {
    if (!row.is_object()) continue;
    add_half(builder, axes, row, "out_of_place", false);
    add_half(builder, axes, row, "in_place", true);
  }
  if (results->empty()) builder.add_failure(axes, 0, "the list of results is empty");
}

}  // namespace

Imported import_nccl_json(std::string_view text, const ImportHints& hints) {
  const auto documents = documents_of(text, hints.source);
  ImportBuilder builder(hints);
  for (std::size_t i = 0; i < documents.size(); ++i) import_document(documents[i], hints, i + 1, builder);
  return builder.take();
}

}  // namespace longhaul
