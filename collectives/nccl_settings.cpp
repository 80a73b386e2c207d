#include "collectives/nccl_settings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "topologies/error.hpp"
#include "topologies/nearest.hpp"

namespace longhaul {
namespace {

int number_of(std::string_view name, std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most)
    throw UsageError("nccl setting '{}={}': expected a number from {} to {}", name, text, least, most);
  return number;
}

std::string word_of(std::string_view name, std::string_view text) {
  if (text.empty()) throw UsageError("nccl setting '{}=' needs a value, such as algo=RING", name);
  return std::string(text);
}

void set_flag(NcclSettings& settings, std::string_view name) {
  if (name == "graph")
    settings.graph = true;
  else if (name == "register")
    settings.registered = true;
  else if (name == "window")
    settings.window = true;
  else if (name == "nonblocking")
    settings.nonblocking = true;
  else {
    static const std::vector<std::string> known{"default",     "graph",    "register", "window",
                                                "nonblocking", "min_ctas", "max_ctas", "traffic_class",
                                                "net",         "algo",     "proto"};
    const auto meant = nearest(std::string(name), known);
    throw UsageError(
        "unknown nccl setting '{}'; {}expected default, or some of graph, register, window, nonblocking, min_ctas=N, "
        "max_ctas=N, traffic_class=N, net=NAME or INSIDE/ACROSS, algo=NAME, proto=NAME, NCCL_VARIABLE=VALUE, joined by "
        "+",
        name, meant.empty() ? "" : fmt::format("did you mean '{}'? ", meant));
  }
}

void set_nets(NcclSettings& settings, std::string_view value) {
  const auto slash = value.find('/');
  settings.net = word_of("net", value.substr(0, slash));
  settings.net_across = slash == std::string_view::npos ? settings.net : word_of("net", value.substr(slash + 1));
}

void set_variable(NcclSettings& settings, std::string_view name, std::string_view value) {
  if (name == "NCCL_ALGO" || name == "NCCL_PROTO")
    throw UsageError("nccl setting '{}={}': written {}={}, which takes no process of its own", name, value,
                     name == "NCCL_ALGO" ? "algo" : "proto", value);
  settings.environment[std::string(name)] = word_of(name, value);
}

void set_value(NcclSettings& settings, std::string_view name, std::string_view value) {
  constexpr int most_ctas = 64;  // NCCL's greatest number of channels
  if (name == "min_ctas")
    settings.min_ctas = number_of(name, value, 1, most_ctas);
  else if (name == "max_ctas")
    settings.max_ctas = number_of(name, value, 1, most_ctas);
  else if (name == "traffic_class")
    settings.traffic_class = number_of(name, value, 0, 255);
  else if (name == "net")
    set_nets(settings, value);
  else if (name == "algo")
    settings.algo = word_of(name, value);
  else if (name == "proto")
    settings.proto = word_of(name, value);
  else if (name.starts_with("NCCL_"))
    set_variable(settings, name, value);
  else
    set_flag(settings, name);
}

}  // namespace

std::string NcclSettings::communicator_key() const {
  return fmt::format("{}/{}/{}/{}/{}/{}/{}/{}", nonblocking, min_ctas.value_or(-1), max_ctas.value_or(-1),
                     traffic_class.value_or(-1), net, net_across, algo, proto);
}

std::string NcclSettings::environment_key() const {
  std::string key;
  for (const auto& [name, value] : environment) key += fmt::format("{}{}={}", key.empty() ? "" : "+", name, value);
  return key;
}

NcclSettings parse_nccl_settings(std::string_view text) {
  NcclSettings settings;
  if (text == "default") return settings;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('+', begin), text.size());
    const auto word = text.substr(begin, end - begin);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos)
      set_flag(settings, word);
    else
      set_value(settings, word.substr(0, equals), word.substr(equals + 1));
    begin = end + 1;
  }
  if (settings.registered && settings.window)
    throw UsageError("nccl setting '{}': register and window exclude each other", text);
  if (settings.min_ctas && settings.max_ctas && *settings.min_ctas > *settings.max_ctas)
    throw UsageError("nccl setting '{}': min_ctas is greater than max_ctas", text);
  return settings;
}

}  // namespace longhaul
