#pragma once
#include <optional>
#include <string>
#include <vector>

#include "topologies/netem/prefixes.hpp"
#include "topologies/units.hpp"

namespace longhaul {

/// What is done to traffic that leaves one device for one other site.
struct Shape {
  std::string site;
  std::vector<Prefix> to;  ///< its hosts
  Duration delay{};        ///< one way
  Duration jitter{};
  Share loss;
  BytesPerSecond rate;  ///< of this host; 0: as the device has it
};

/// One device of this host.
struct ShapedDevice {
  std::string name;
  int queues = 1;            ///< hardware transmit queues
  BytesPerSecond line_rate;  ///< what it may send at most; sizes netem's queue
};

/// The kernel's queueing discipline that holds packets back.
enum class Holder {
  netem,  ///< delay, jitter, loss, rate
  tbf,    ///< rate only; for kernels without netem
};

/// Commands of `tc`, in order, each as words after "tc". The device keeps `mq`, so that its hardware queues stay
/// independent; below each lies an htb whose class for each other site holds a netem, and unclassified (local) traffic
/// goes past all classes, unshaped. A rate is divided evenly over the hardware queues. A device of one queue has no mq:
/// its htb is the root.
///
/// Handles: the root 4c48:, below an mq the htb of queue q 4c00+q:, its holder for site s 5000+64·q+s:. They tell our
/// disciplines from anybody else's.
/// @throws UsageError for more sites or queues than handles, or a delay without netem
std::vector<std::vector<std::string>> shape_commands(const ShapedDevice& device, const std::vector<Shape>& shapes,
                                                     Holder holder);

/// Those that change the holders of a device that is shaped already, without a moment in which nothing holds packets.
std::vector<std::vector<std::string>> reshape_commands(const ShapedDevice& device, const std::vector<Shape>& shapes,
                                                       Holder holder);

/// The one that takes it all away.
std::vector<std::string> unshape_command(const std::string& device);

/// netem's `limit`: packets of 1500 B that the line sends within delay and jitter, twice over, and 1000 at least.
std::uint64_t netem_limit(BytesPerSecond line_rate, Duration delay, Duration jitter);

/// A holder's discipline as `tc qdisc show` would be asked for it.
struct Held {
  std::string kind, handle, parent;
  Duration delay{}, jitter{};  ///< of a netem, as it counts: around the middle
  std::uint64_t limit = 0;     ///< packets, of a netem
  BytesPerSecond rate;         ///< its own; 0: none
  Share loss;
};

/// A filter: what goes to this block of addresses takes this class.
struct Steering {
  std::string to, class_id;
  auto operator<=>(const Steering&) const = default;
};

/// A class of an htb and what it lets through.
struct ClassRate {
  std::string class_id;
  BytesPerSecond rate;
};

/// What must be there when all commands were obeyed.
struct Expected {
  std::vector<Held> holders;
  std::vector<Steering> filters;  ///< ascending
  std::vector<ClassRate> classes;
};
Expected expected_of(const ShapedDevice& device, const std::vector<Shape>& shapes, Holder holder);

/// The other site, counted as the shapes are, whose holder has this handle; nothing for any other discipline's.
std::optional<std::size_t> site_of_holder(const std::string& handle);

inline constexpr const char* kRootHandle = "4c48:";

}  // namespace longhaul
