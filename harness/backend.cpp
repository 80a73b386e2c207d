#include "harness/backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <map>
#include <optional>

#include "collectives/host_device.hpp"
#include "collectives/load_module.hpp"
#include "collectives/mpi/communicator.hpp"
#include "collectives/mpi/gpu_support.hpp"
#include "collectives/net/communicator.hpp"
#include "harness/watch/agreement.hpp"
#include "harness/watch/last_words.hpp"
#include "topologies/text.hpp"

namespace longhaul {
namespace {

/// @return each rank's place
std::vector<std::string> expect_own_devices(World& world, const Device& device) {
  const auto gathered = world.gather(device.place());
  const auto nodes = world.nodes();
  auto places =
      split(from_rank_0(world,
                        [&] {
                          if (const auto shared = shared_device(world.hosts(), nodes, gathered); !shared.empty())
                            throw EnvironmentError(shared);
                          return fmt::format("{}", fmt::join(gathered, "\n"));
                        }),
            '\n');
  places.resize(static_cast<std::size_t>(world.size()));
  return places;
}

void broadcast_bytes(void* context, void* data, std::size_t bytes) {
  auto& world = *static_cast<World*>(context);
  const auto* const begin = static_cast<const char*>(data);
  const auto text = world.broadcast(std::string(begin, begin + bytes));
  std::copy(text.begin(), text.end(), static_cast<char*>(data));
}

/// In set-up nothing has been measured; the watchers write down who stands where, and end who does not come.
[[noreturn]] void give_up(World& world, HostWatch& watch, const std::vector<std::string>& places, const Error& error) {
  watch.post_fault(error.what());
  tell_last_words(world, nullptr, places, error, [&watch] {
    watch.await_account();
    return std::string();
  });
}

std::unique_ptr<Communicator> make_nccl(World& world, HostWatch& watch, const std::vector<std::string>& places,
                                        const Layout& layout, Duration deadline) {
  NcclRequest request;
  request.rank = world.rank();
  request.layout = &layout;
  request.deadline = deadline;
  request.broadcast = &broadcast_bytes;
  request.context = &world;
  try {
    return load_nccl_communicator(request);
  } catch (const Error& error) {
    give_up(world, watch, places, error);
  }
}

std::unique_ptr<Communicator> make_net(World& world, HostWatch& watch, const std::vector<std::string>& places,
                                       const Plan& plan, const Layout& layout, Duration deadline) {
  NetRequest request;
  request.rank = world.rank();
  request.layout = layout;
  request.settings = {plan.net.plugin, plan.net.channels, {plan.net.buffer.count}, parse_ring(plan.net.ring)};
  request.deadline = deadline;
  request.exchange = [&world](const std::string& mine) {
    auto all = world.gather(mine);
    all.resize(static_cast<std::size_t>(world.size()));
    for (auto& text : all) text = world.broadcast(text);
    return all;
  };
  try {
    return std::make_unique<NetCommunicator>(request);
  } catch (const Error& error) {
    give_up(world, watch, places, error);
  }
}

}  // namespace

std::string Backend::marks() const { return device->is_double() || communicator->is_double() ? "doubles" : ""; }

std::string shared_device(const std::vector<std::string>& hosts, const std::vector<int>& nodes,
                          const std::vector<std::string>& places) {
  std::map<std::pair<int, std::string>, std::size_t> owner;
  for (std::size_t rank = 0; rank < places.size(); ++rank) {
    if (places[rank].empty()) continue;
    const auto [first, own] = owner.emplace(std::pair{nodes[rank], places[rank]}, rank);
    if (!own)
      return fmt::format(
          "ranks {} and {} share GPU {} of host {}; start one rank a GPU, and give each its own (srun --gpus-per-task, "
          "or CUDA_VISIBLE_DEVICES with as many devices as ranks)",
          first->second, rank, places[rank], hosts[rank]);
  }
  return {};
}

OwnDevice make_device(World& world, bool on_gpu) {
  std::optional<LocalPlace> local;
  if (on_gpu) local = world.device_place();
  auto device = on_every_rank(world, [&]() -> std::unique_ptr<Device> {
    if (!local) return std::make_unique<HostDevice>();
    return load_cuda_device({world.rank(), local->rank, local->size});
  });
  auto places = expect_own_devices(world, *device);
  return {std::move(device), std::move(places)};
}

std::string nccl_library_of(World& world) { return on_every_rank(world, nccl_library); }

Backend make_backend(World& world, HostWatch& watch, const Plan& plan, const Layout& layout, Duration deadline,
                     const Inspection& inspect) {
  const bool nccl = plan.backend == "nccl", on_gpu = nccl || plan.memory == "device";
  if (on_gpu && !nccl)
    on_every_rank(world, [&] {
      require_gpu_support();
      for (const auto& point : expand(plan, world.size(), "", plan.backend)) require_gpu_reduction(point);
      return true;
    });
  auto [device, places] = make_device(world, on_gpu);
  watch.own_device(device->place());
  Backend backend{std::move(device), std::move(places), nullptr};
  if (nccl) {
    inspect(nccl_library_of(world), *backend.device);
    backend.communicator = make_nccl(world, watch, backend.places, layout, deadline);
    return backend;
  }
  if (plan.backend == "net")
    backend.communicator = make_net(world, watch, backend.places, plan, layout, deadline);
  else
    backend.communicator = std::make_unique<MpiCommunicator>(world, layout, MpiOptions{}, backend.device.get());
  inspect(backend.communicator->library(), *backend.device);
  return backend;
}

}  // namespace longhaul
