#pragma once
#include <string>
#include <vector>

#include "topologies/netem/shape.hpp"

namespace longhaul {

/// What a discipline has done since it was made.
struct QueueCounters {
  std::uint64_t bytes = 0, packets = 0, drops = 0;
  std::uint64_t backlog = 0;  ///< bytes that wait just now
};

/// A queueing discipline as the kernel lists it; parent empty for the root.
struct Discipline : Held {
  QueueCounters counters;
};

/// All that stands on a device.
struct InForce {
  std::vector<Discipline> disciplines;
  std::vector<Steering> filters;  ///< of our classes, ascending
  std::vector<ClassRate> classes;
};

/// Reads `tc -s -j qdisc show dev NAME`.
/// @throws EnvironmentError when it cannot be read
std::vector<Discipline> parse_disciplines(const std::string& json);
/// Read `tc filter show dev NAME parent HANDLE` and `tc class show dev NAME`: as text, since older tc (Ubuntu 22.04's
/// iproute2 5.15) have no JSON for them.
std::vector<Steering> parse_filters(const std::string& text);
std::vector<ClassRate> parse_classes(const std::string& text);

/// What stands on a device.
/// @throws EnvironmentError where there is no such device, or no tc
std::vector<Discipline> disciplines_of(const std::string& device);
InForce in_force_on(const std::string& device);

/// Whether a device is as the kernel made it, shaped by us, or somebody else's.
enum class Owner { kernel, us, other };
Owner owner_of(const std::vector<Discipline>& disciplines);

/// @throws EnvironmentError naming what is expected and not there, or there otherwise
void require_in_force(const std::string& device, const Expected& expected, const InForce& found);

/// What our holders have done, by other site in the order of the shapes, all hardware queues together.
std::vector<QueueCounters> counters_by_site(const std::vector<Discipline>& disciplines, std::size_t sites);

/// The commands that take a device from what stands there to what is wanted: holders change in place where the same
/// addresses take the same classes, so that packets are held throughout; else ours goes first.
/// @throws EnvironmentError where the disciplines are somebody else's: they stay
std::vector<std::vector<std::string>> change_commands(const InForce& standing, const ShapedDevice& device,
                                                      const std::vector<Shape>& shapes, Holder holder);

/// The device through which this host sends to an address.
/// @throws EnvironmentError where there is no route
std::string device_towards(const std::string& address);

/// Transmit queues and speed, as /sys/class/net shows them. The speed is `otherwise` where the device knows none.
ShapedDevice describe_device(const std::string& name, BytesPerSecond otherwise);

/// Runs tc with these words.
/// @throws EnvironmentError with the command and its complaint; for an unknown discipline, the kernel module that has
/// it
void run_tc(const std::vector<std::string>& words);

}  // namespace longhaul
