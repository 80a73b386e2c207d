#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collectives/communicator.hpp"
#include "collectives/device.hpp"
#include "collectives/layout.hpp"
#include "collectives/mpi/world.hpp"
#include "harness/plan.hpp"
#include "harness/watch/host_watch.hpp"

namespace longhaul {

/// What a plan measures with: where buffers lie, and who moves them. The communicator goes first.
struct Backend {
  std::unique_ptr<Device> device;
  std::vector<std::string> places;  ///< Device::place() of each rank, by rank
  std::unique_ptr<Communicator> communicator;

  /// "doubles" where either is the tests' stand-in; "" for the real thing.
  std::string marks() const;
};

struct OwnDevice {
  std::unique_ptr<Device> device;
  std::vector<std::string> places;  ///< of all ranks' devices, as in Backend
};

/// This rank's device: a GPU, or the host's memory. Collective. What goes wrong is told once, by rank 0, and ends all
/// ranks alike.
/// @throws AlreadyTold
OwnDevice make_device(World& world, bool on_gpu);

/// What NCCL's module calls its library: each rank asks its own. Collective, as make_device is.
std::string nccl_library_of(World& world);

/// Called before what may hang where ranks do not fit together.
using Inspection = std::function<void(const std::string& library, Device& device)>;

/// Collective. What goes wrong is told once, by rank 0, and ends all ranks alike.
/// @param inspect  collective as well; with NCCL before its ranks meet: those of two versions may never
/// @throws AlreadyTold; UsageError for a combination that there is not
Backend make_backend(World& world, HostWatch& watch, const Plan& plan, const Layout& layout, Duration deadline,
                     const Inspection& inspect);

/// The first two ranks that share a place ("0000:1b:00.0") on one node, as an error's text; empty when none do. By
/// rank: host names, and numbers that ranks of one node share.
std::string shared_device(const std::vector<std::string>& hosts, const std::vector<int>& nodes,
                          const std::vector<std::string>& places);

}  // namespace longhaul
