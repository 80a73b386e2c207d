#include "collectives/nccl/paths.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace longhaul::nccl {
namespace {

/// What stands after `mark`; empty where it does not occur.
std::string_view after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

std::string_view until(std::string_view text, std::string_view ends) {
  return text.substr(0, text.find_first_of(ends));
}

/// "mlx5_0:1/RoCE" → "mlx5_0:1": InfiniBand has ports; "eth0:10.0.0.1<0>" → "eth0".
std::string_view device_name(std::string_view net, std::string_view text) {
  return net == "Socket" ? until(text, ":") : until(text, "/ ");
}

}  // namespace

void Paths::read(std::string_view text) {
  while (!text.empty()) {
    const auto line = until(text, "\n");
    read_line(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

void Paths::read_line(std::string_view line) {
  if (const auto net = after(line, "NET/"); !after(line, " : Using [").empty() && !net.empty())
    return name_devices(until(net, " "), until(after(line, " : Using "), ";"));
  if (after(line, "Channel ").empty()) return;
  const auto path = until(after(line, " via "), " \r");
  if (path.starts_with("NET/"))
    add_network(path);
  else if (!path.empty())
    transports_.emplace(path);
}

void Paths::name_devices(std::string_view net, std::string_view list) {
  for (auto rest = after(list, "["); !rest.empty(); rest = after(rest, "[")) {
    const auto number = until(rest, "]");
    if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) continue;  // "[RO]"
    devices_[fmt::format("{}/{}", net, number)] = device_name(net, until(rest.substr(number.size() + 1), " "));
  }
}

/// "NET/IB/1/GDRDMA": network, device, what else. "NET/IB/1(3)/GDRDMA": by the proxy of rank 3 (PXN).
void Paths::add_network(std::string_view path) {
  const auto net = until(path.substr(4), "/"), rest = after(path.substr(4), "/"), device = until(rest, "/(");
  const auto key = fmt::format("{}/{}", net, device);
  const auto known = devices_.find(key);
  nics_.insert(known == devices_.end() ? key : known->second);
  transports_.insert(fmt::format("NET/{}{}", net, rest.substr(until(rest, "/").size())));
}

Paths Paths::devices() const {
  Paths known;
  known.devices_ = devices_;
  return known;
}

std::string Paths::transports() const {
  return transports_.empty() ? "unknown" : fmt::format("{}", fmt::join(transports_, ","));
}

std::string Paths::nics() const {
  if (transports_.empty()) return "unknown";
  return nics_.empty() ? "none" : fmt::format("{}", fmt::join(nics_, ","));
}

}  // namespace longhaul::nccl
