#include "topologies/netem/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

constexpr int kMostSites = 63;
constexpr int kMostQueues = 0x47;  // 4c01: to 4c47:, below the root's 4c48:
constexpr std::size_t kFirstHolder = 0x5000, kHoldersOfQueue = 64;
constexpr double kPacket = 1500;
constexpr double kLeastLimit = 1000;
constexpr BytesPerSecond kFastest{125e9};  // 1 Tbit/s: no limit to any NIC there is

using Command = std::vector<std::string>;

/// Of a queue's htb. The kernel has no mq for a device of one queue: its htb is the root.
std::string queue_handle(const ShapedDevice& device, int queue) {
  return device.queues == 1 ? kRootHandle : fmt::format("{:x}:", 0x4c00 + queue);
}
std::string class_id(const ShapedDevice& device, int queue, std::size_t site) {
  return fmt::format("{}{:x}", queue_handle(device, queue), site + 1);
}
std::string holder_handle(int queue, std::size_t site) {
  return fmt::format("{:x}:", kFirstHolder + kHoldersOfQueue * static_cast<std::size_t>(queue) + site);
}
std::string rate_text(BytesPerSecond rate) { return fmt::format("{:.0f}bit", bits_per_second(rate)); }
/// In µs, to the nanosecond: the tc of Debian 12 (iproute2 6.1) reads no smaller unit here.
std::string time_text(Duration time) {
  if (time.count() % 1000 == 0) return fmt::format("{}us", time.count() / 1000);
  return fmt::format("{:.3f}us", static_cast<double>(time.count()) / 1000);
}

/// What one hardware queue may send to a site.
BytesPerSecond queue_rate(const ShapedDevice& device, const Shape& shape) {
  if (shape.rate.value <= 0) return kFastest;
  return {shape.rate.value / device.queues};
}

void append(Command& command, const Command& words) { command.insert(command.end(), words.begin(), words.end()); }

Command netem_words(const ShapedDevice& device, const Shape& shape) {
  Command words{"netem", "limit", fmt::format("{}", netem_limit(device.line_rate, shape.delay, shape.jitter)), "delay"};
  // netem's jitter goes both ways; ours only adds: the middle moves by half of it.
  words.push_back(time_text(shape.delay + shape.jitter / 2));
  if (shape.jitter > Duration::zero()) words.push_back(time_text(shape.jitter / 2));
  // With a rate netem never releases a packet before its predecessor (sch_netem.c, netem_enqueue); without, jitter
  // reorders. The device's own rate costs nothing.
  if (shape.jitter > Duration::zero()) append(words, {"rate", rate_text(device.line_rate)});
  if (shape.loss.value > 0) append(words, {"loss", "random", fmt::format("{:.6f}%", shape.loss.value * 100)});
  return words;
}

Command tbf_words(const ShapedDevice& device, const Shape& shape) {
  const auto rate = queue_rate(device, shape);
  return {"tbf",
          "rate",
          rate_text(rate),
          "burst",
          fmt::format("{:.0f}", std::max(80.0 * 1024, rate.value * 0.001)),
          "limit",
          fmt::format("{:.0f}", std::max(4.0 * 1024 * 1024, rate.value * 0.05))};
}

void require_possible(const ShapedDevice& device, const std::vector<Shape>& shapes, Holder holder) {
  if (shapes.size() > kMostSites)
    throw UsageError("netem serves at most {} other sites, not {}", kMostSites, shapes.size());
  if (device.queues < 1 || device.queues > kMostQueues)
    throw UsageError("device '{}' has {} transmit queues; at most {} can be shaped: sudo ethtool -L {} tx {}",
                     device.name, device.queues, kMostQueues, device.name, kMostQueues);
  if (holder == Holder::netem) return;
  for (const auto& shape : shapes)
    if (shape.delay > Duration::zero() || shape.jitter > Duration::zero() || shape.loss.value > 0)
      throw UsageError("site '{}' is to be {} away, and tbf can only limit rates; leave --holder at netem", shape.site,
                       format_duration(shape.delay));
}

Command holder_command(const char* verb, const ShapedDevice& device, const Shape& shape, int queue, std::size_t site,
                       Holder holder) {
  Command command{
      "qdisc", verb, "dev", device.name, "parent", class_id(device, queue, site), "handle", holder_handle(queue, site)};
  append(command, holder == Holder::netem ? netem_words(device, shape) : tbf_words(device, shape));
  return command;
}

Command class_command(const char* verb, const ShapedDevice& device, const Shape& shape, int queue, std::size_t site) {
  const auto rate = queue_rate(device, shape);
  return {"class",         verb,
          "dev",           device.name,
          "parent",        queue_handle(device, queue),
          "classid",       class_id(device, queue, site),
          "htb",           "rate",
          rate_text(rate), "quantum",
          "60000"};
}

Held held_for(const ShapedDevice& device, const Shape& shape, int queue, std::size_t site, Holder holder) {
  Held held;
  held.kind = holder == Holder::netem ? "netem" : "tbf";
  held.handle = holder_handle(queue, site);
  held.parent = class_id(device, queue, site);
  held.rate = queue_rate(device, shape);
  if (holder == Holder::tbf) return held;
  held.delay = shape.delay + shape.jitter / 2;
  held.jitter = shape.jitter / 2;
  held.limit = netem_limit(device.line_rate, shape.delay, shape.jitter);
  held.rate = shape.jitter > Duration::zero() ? device.line_rate : BytesPerSecond{0};
  held.loss = shape.loss;
  return held;
}

void add_site(std::vector<Command>& commands, const ShapedDevice& device, const Shape& shape, int queue,
              std::size_t site, Holder holder) {
  commands.push_back(class_command("add", device, shape, queue, site));
  commands.push_back(holder_command("add", device, shape, queue, site, holder));
  for (const auto& prefix : shape.to)
    commands.push_back({"filter", "add", "dev", device.name, "parent", queue_handle(device, queue), "protocol", "ip",
                        "prio", "1", "u32", "match", "ip", "dst", text_of(prefix), "flowid",
                        class_id(device, queue, site)});
}

}  // namespace

std::uint64_t netem_limit(BytesPerSecond line_rate, Duration delay, Duration jitter) {
  const double packets = std::ceil(2 * line_rate.value * seconds(delay + jitter) / kPacket);
  return static_cast<std::uint64_t>(std::clamp(packets, kLeastLimit, 4e9));
}

std::vector<Command> shape_commands(const ShapedDevice& device, const std::vector<Shape>& shapes, Holder holder) {
  require_possible(device, shapes, holder);
  std::vector<Command> commands;
  if (device.queues == 1)
    commands.push_back({"qdisc", "add", "dev", device.name, "root", "handle", kRootHandle, "htb", "default", "0"});
  else
    commands.push_back({"qdisc", "add", "dev", device.name, "root", "handle", kRootHandle, "mq"});
  for (int queue = 1; queue <= device.queues; ++queue) {
    if (device.queues > 1)
      commands.push_back({"qdisc", "add", "dev", device.name, "parent", fmt::format("{}{:x}", kRootHandle, queue),
                          "handle", queue_handle(device, queue), "htb", "default", "0"});
    for (std::size_t site = 0; site < shapes.size(); ++site)
      add_site(commands, device, shapes[site], queue, site, holder);
  }
  return commands;
}

std::vector<Command> reshape_commands(const ShapedDevice& device, const std::vector<Shape>& shapes, Holder holder) {
  require_possible(device, shapes, holder);
  std::vector<Command> commands;
  for (int queue = 1; queue <= device.queues; ++queue)
    for (std::size_t site = 0; site < shapes.size(); ++site) {
      commands.push_back(class_command("change", device, shapes[site], queue, site));
      commands.push_back(holder_command("change", device, shapes[site], queue, site, holder));
    }
  return commands;
}

Command unshape_command(const std::string& device) { return {"qdisc", "del", "dev", device, "root"}; }

Expected expected_of(const ShapedDevice& device, const std::vector<Shape>& shapes, Holder holder) {
  Expected all;
  for (int queue = 1; queue <= device.queues; ++queue)
    for (std::size_t site = 0; site < shapes.size(); ++site) {
      const auto& shape = shapes[site];
      all.holders.push_back(held_for(device, shape, queue, site, holder));
      all.classes.push_back({class_id(device, queue, site), queue_rate(device, shape)});
      for (const auto& prefix : shape.to) all.filters.push_back({text_of(prefix), class_id(device, queue, site)});
    }
  std::ranges::sort(all.filters);
  return all;
}

std::optional<std::size_t> site_of_holder(const std::string& handle) {
  std::size_t number = 0;
  const auto* const end = handle.data() + handle.size();
  const auto [rest, fault] = std::from_chars(handle.data(), end, number, 16);
  if (fault != std::errc{} || rest + 1 != end || *rest != ':') return std::nullopt;
  if (number < kFirstHolder + kHoldersOfQueue || number >= kFirstHolder + kHoldersOfQueue * (kMostQueues + 1))
    return std::nullopt;
  return number % kHoldersOfQueue;
}

}  // namespace longhaul
