#pragma once
#include <string>
#include <vector>

#include "topologies/netem/shape.hpp"

namespace longhaul {

/// A queueing discipline as the kernel lists it.
struct Discipline {
  std::string kind, handle, parent;  ///< parent empty for the root
  Duration delay{};                  ///< of a netem
};

/// Reads `tc -j qdisc show dev NAME`.
/// @throws EnvironmentError when it cannot be read
std::vector<Discipline> parse_disciplines(const std::string& json);

/// What stands on a device.
/// @throws EnvironmentError where there is no such device, or no tc
std::vector<Discipline> disciplines_of(const std::string& device);

/// Whether a device is as the kernel made it, shaped by us, or somebody else's.
enum class Owner { kernel, us, other };
Owner owner_of(const std::vector<Discipline>& disciplines);

/// @throws EnvironmentError naming what is expected and not there, or there otherwise
void require_disciplines(const std::string& device, const std::vector<Held>& expected,
                         const std::vector<Discipline>& found);

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
