#include "topologies/netem/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "topologies/error.hpp"
#include "topologies/netem/program.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;

/// How far netem's own rounding (to ticks of 64 ns) may move a delay.
constexpr Duration kRounding = std::chrono::microseconds(1);

std::string checked_output(std::vector<std::string> command) {
  const auto result = run_program(command);
  if (result.code == 0) return result.out;
  auto said = result.err.substr(0, result.err.find('\n'));
  throw EnvironmentError("'{}' failed: {}", shell_text(command), said);
}

Duration delay_of(const Json& options) {
  if (!options.contains("delay")) return {};
  const auto& delay = options.at("delay");
  return from_seconds(delay.is_object() ? delay.at("delay").get<double>() : delay.get<double>());
}

}  // namespace

std::vector<Discipline> parse_disciplines(const std::string& json) {
  try {
    std::vector<Discipline> all;
    for (const auto& each : Json::parse(json)) {
      Discipline one{each.at("kind"), each.value("handle", "0:"), each.value("parent", ""), {}};
      if (one.kind == "netem" && each.contains("options")) one.delay = delay_of(each.at("options"));
      all.push_back(one);
    }
    return all;
  } catch (const Json::exception& error) {
    throw EnvironmentError("cannot read what tc says of its disciplines: {}", error.what());
  }
}

std::vector<Discipline> disciplines_of(const std::string& device) {
  return parse_disciplines(checked_output({"tc", "-j", "qdisc", "show", "dev", device}));
}

Owner owner_of(const std::vector<Discipline>& disciplines) {
  // The kernel's own have no handle; what a person adds has one, ours that of the root.
  for (const auto& each : disciplines)
    if (each.parent.empty() && each.handle == kRootHandle) return Owner::us;
  const bool untouched = std::ranges::all_of(disciplines, [](const Discipline& each) {
    return each.handle == "0:" || each.kind == "ingress" || each.kind == "clsact";
  });
  return untouched ? Owner::kernel : Owner::other;
}

void require_disciplines(const std::string& device, const std::vector<Held>& expected,
                         const std::vector<Discipline>& found) {
  for (const auto& held : expected) {
    const auto same = std::ranges::find_if(found, [&](const Discipline& each) { return each.handle == held.handle; });
    if (same == found.end())
      throw EnvironmentError("device '{}' has no {} {} below {} though tc took it; run: longhaul wan clean", device,
                             held.kind, held.handle, held.parent);
    const auto off = same->delay > held.delay ? same->delay - held.delay : held.delay - same->delay;
    if (same->kind != held.kind || (held.kind == "netem" && off > kRounding))
      throw EnvironmentError("device '{}' has {} {} with {} instead of {} with {}; run: longhaul wan clean", device,
                             same->kind, held.handle, format_duration(same->delay), held.kind,
                             format_duration(held.delay));
  }
}

std::string device_towards(const std::string& address) {
  const auto json = checked_output({"ip", "-j", "route", "get", address});
  try {
    return Json::parse(json).at(0).at("dev");
  } catch (const Json::exception&) {
    throw EnvironmentError("this host has no route to {}; 'ip route get {}' should name a device", address, address);
  }
}

ShapedDevice describe_device(const std::string& name, BytesPerSecond otherwise) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path("/sys/class/net") / name;
  ShapedDevice device{name, 0, otherwise};
  std::error_code none;
  for (fs::directory_iterator entry(folder / "queues", none), end; !none && entry != end; entry.increment(none))
    if (entry->path().filename().string().starts_with("tx-")) ++device.queues;
  if (device.queues == 0) throw EnvironmentError("there is no network device '{}'; see them with: ip link", name);
  double megabits = 0;
  if (std::ifstream(folder / "speed") >> megabits && megabits > 0)
    device.line_rate = from_bits_per_second(megabits * 1e6);
  return device;
}

void run_tc(const std::vector<std::string>& words) {
  std::vector<std::string> command{"tc"};
  command.insert(command.end(), words.begin(), words.end());
  const auto result = run_program(command);
  if (result.code == 0) return;
  const auto said = result.err.substr(0, result.err.find('\n'));
  if (said.find("qdisc kind is unknown") != std::string::npos)
    for (const char* kind : {"netem", "htb", "tbf", "mq"})
      if (std::ranges::find(words, kind) != words.end())
        throw EnvironmentError(
            "this kernel has no {}: its module sch_{} is not there. Load it with: sudo modprobe sch_{} (Debian and "
            "Ubuntu: "
            "linux-image or linux-modules-extra; RHEL: kernel-modules-extra), or use --wan plugin or --wan lab",
            kind, kind, kind);
  if (said.find("not permitted") != std::string::npos)
    throw EnvironmentError("'{}' needs root (CAP_NET_ADMIN): {}", shell_text(command), said);
  throw EnvironmentError("'{}' failed: {}", shell_text(command), said);
}

}  // namespace longhaul
