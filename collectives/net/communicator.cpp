#include "collectives/net/communicator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <numeric>
#include <thread>

#include "collectives/net/background.hpp"
#include "collectives/net/ring.hpp"
#include "collectives/net_plugin/failure.hpp"
#include "kernels/divide.hpp"
#include "topologies/error.hpp"
#include "topologies/share.hpp"

namespace longhaul {
namespace {

using net::Block;
using net::Flow;
using net::Writer;

constexpr const char* kOwnPlugin = "Longhaul";
/// A channel is not worth its messages below this much (NCCL, too, uses fewer channels for small sizes).
constexpr std::size_t kLeastOfChannel = std::size_t{64} * 1024;
constexpr int kRoundsBetweenLooks = 256;

/// What goes wrong in a plugin, in the project's own terms.
template <class Work>
auto translated(const Work& work) {
  try {
    return work();
  } catch (const net::Failure& failure) {
    if (failure.result == net::invalid_usage) throw UsageError(failure.text);
    throw EnvironmentError(failure.text);
  }
}

std::string plugin_file(const std::string& asked) {
  if (!asked.empty()) return asked;
  return (program_path().parent_path() / "../lib/longhaul/libnccl-net-longhaul.so").lexically_normal().string();
}

NetSettings checked(NetSettings settings, int ranks) {
  check(settings, ranks);
  if (settings.ring.empty()) {
    settings.ring.resize(static_cast<std::size_t>(ranks));
    std::iota(settings.ring.begin(), settings.ring.end(), 0);
  }
  return settings;
}

std::vector<net::Edge> mesh_edges(int ranks) {
  std::vector<net::Edge> edges;
  for (int from = 0; from < ranks; ++from)
    for (int to = 0; to < ranks; ++to)
      if (from != to) edges.push_back({from, to, 0});
  return edges;
}

/// Even parts of `count` elements for `parts` owners.
std::vector<Block> shares(std::size_t count, int parts) {
  std::vector<Block> blocks;
  for (int i = 0; i < parts; ++i) blocks.push_back(net::part_of(count, parts, i));
  return blocks;
}

}  // namespace

struct NetCommunicator::State {
  explicit State(const NetRequest& asked)
      : request(asked),
        settings(checked(asked.settings, asked.layout.ranks())),
        plugin(plugin_file(settings.plugin)),
        flat(rings({settings.ring})),
        mesh(net::connect_all(plugin, asked.rank, mesh_edges(asked.layout.ranks()), settings.chunking, asked.exchange,
                              asked.deadline)),
        background([this] { return push(); }) {}

  net::Rings rings(const std::vector<std::vector<int>>& groups) {
    return {plugin, request.rank, groups, settings.channels, settings.chunking, request.exchange, request.deadline};
  }
  int ranks() const { return request.layout.ranks(); }

  /// The rings of hierarchical collectives, when first needed; collective.
  void need_hierarchy() {
    if (inside || request.layout.site_count() == 1) return;
    inside = std::make_unique<net::Rings>(rings(request.layout.sites));
    std::vector<std::vector<int>> rails;
    for (int i = 0; i < request.layout.rails(); ++i) rails.push_back(rail(request.layout, i));
    across = std::make_unique<net::Rings>(rings(rails));
  }

  net::Outbox& outbox(int peer) { return *mesh.sending[edge(request.rank, peer)]; }
  net::Inbox& inbox(int peer) { return *mesh.receiving[edge(peer, request.rank)]; }
  std::size_t edge(int from, int to) const {
    const auto others = static_cast<std::size_t>(ranks() - 1);
    return static_cast<std::size_t>(from) * others + static_cast<std::size_t>(to > from ? to - 1 : to);
  }

  /// What was sent last may still be under way when a collective ends; returns whether anything is.
  bool push() {
    bool busy = false;
    const auto push_one = [&](net::Outbox& outbox) {
      if (outbox.idle()) return;
      outbox.progress();
      busy = busy || !outbox.idle();
    };
    for (auto* const set : {&flat, inside.get(), across.get()})
      for (int channel = 0; set != nullptr && channel < set->channels(); ++channel) push_one(set->outbox(channel));
    for (auto& each : mesh.sending)
      if (each) push_one(*each);
    return busy;
  }

  /// Moves all of them on until they are done.
  void carry_out(std::vector<Flow>& flows, const char* what) {
    const auto begin = std::chrono::steady_clock::now();
    int idle = 0;
    for (;;) {
      bool moved = false, done = true;
      for (auto& flow : flows) {
        moved = flow.progress() || moved;
        done = done && flow.done();
      }
      if (done) return;
      if (moved) {
        idle = 0;
        continue;
      }
      push();  // a peer that is still in the collective before may wait for the rest of what was sent in it
      std::this_thread::yield();
      if (++idle % kRoundsBetweenLooks == 0 && std::chrono::steady_clock::now() - begin > request.deadline)
        throw HangError(fmt::format(
            "{} has not ended within {}: {} of {} flows wait, {}", what, format_duration(request.deadline),
            std::ranges::count_if(flows, [](const Flow& flow) { return !flow.done(); }), flows.size(),
            std::ranges::any_of(flows, &Flow::waits_to_receive) ? "for a message to come" : "for a message to leave"));
    }
  }

  Writer writer(const net::Rings& rings, const Call& call, const void* send, bool average) const {
    return {rings.place(), settings.chunking, call.type, send, call.receive, average};
  }

  /// Cuts `count` elements over the channels and runs what `write(part)` says on each.
  template <class Write>
  void on_channels(net::Rings& rings, const Call& call, std::size_t count, const Write& write) {
    const auto wanted = std::max<std::size_t>(count * size_of(call.type) / kLeastOfChannel, 1);
    const int channels = static_cast<int>(std::min(static_cast<std::size_t>(rings.channels()), wanted));
    std::vector<Flow> flows;
    for (int channel = 0; channel < channels; ++channel)
      flows.emplace_back(write(net::part_of(count, channels, channel)), call.type, call.op, ranks(),
                         &rings.inbox(channel), &rings.outbox(channel));
    carry_out(flows, name_of(call.operation).c_str());
  }

  void run_flat(const Call& call);
  void ring_all_gather(net::Rings& rings, const Call& call, const std::vector<Block>& blocks, const std::byte* own);
  void ring_reduce_scatter(net::Rings& rings, const Call& call, const std::vector<Block>& blocks, std::byte* result);
  void from_peer_to_peer(const Call& call, const std::vector<std::pair<int, Block>>& to,
                         const std::vector<std::pair<int, Block>>& from, const char* what);
  void all_to_all(const Call& call);
  void alone(const Call& call) const;
  void all_reduce_by_level(const Call& call);
  void all_gather_by_level(const Call& call);
  void spread(const Call& call, const std::vector<int>& owners);
  int index() const { return request.layout.index_in_site[static_cast<std::size_t>(request.rank)]; }
  int home() const {
    for (int site = 0; site < request.layout.site_count(); ++site)
      if (std::ranges::count(request.layout.sites[static_cast<std::size_t>(site)], request.rank) > 0) return site;
    return 0;
  }

  NetRequest request;
  NetSettings settings;
  net::LoadedPlugin plugin;
  net::Rings flat;
  net::Ends mesh;
  std::unique_ptr<net::Rings> inside, across;
  net::Background background;  ///< goes first: it uses all the others
};

/// blocks[i] is that of ring position i.
void NetCommunicator::State::ring_all_gather(net::Rings& rings, const Call& call, const std::vector<Block>& blocks,
                                             const std::byte* own) {
  const auto writer = this->writer(rings, call, call.send, false);
  on_channels(rings, call, std::ranges::max(blocks, {}, &Block::count).count, [&](Block part) {
    std::vector<Block> parts;
    for (const auto& block : blocks) {
      const auto begin = std::min(part.begin, block.count);
      parts.push_back({block.begin + begin, std::min(part.count, block.count - begin)});
    }
    return writer.all_gather(parts, own + part.begin * size_of(call.type));
  });
}

void NetCommunicator::State::ring_reduce_scatter(net::Rings& rings, const Call& call, const std::vector<Block>& blocks,
                                                 std::byte* result) {
  const auto writer = this->writer(rings, call, call.send, call.op == ReduceOp::avg && &rings == &flat);
  on_channels(rings, call, std::ranges::max(blocks, {}, &Block::count).count, [&](Block part) {
    std::vector<Block> parts;
    for (const auto& block : blocks) {
      const auto begin = std::min(part.begin, block.count);
      parts.push_back({block.begin + begin, std::min(part.count, block.count - begin)});
    }
    return writer.reduce_scatter(parts, result + part.begin * size_of(call.type));
  });
}

/// Blocks of bytes' worth of elements, each to or from a peer, all at once.
void NetCommunicator::State::from_peer_to_peer(const Call& call, const std::vector<std::pair<int, Block>>& to,
                                               const std::vector<std::pair<int, Block>>& from, const char* what) {
  const std::size_t size = size_of(call.type);
  const auto* const send = static_cast<const std::byte*>(call.send);
  auto* const receive = static_cast<std::byte*>(call.receive);
  std::vector<Flow> flows;
  for (const auto& [peer, block] : to)
    flows.emplace_back(Writer::send_to_peer(send + block.begin * size, block.count * size, settings.chunking),
                       DataType::uint8, ReduceOp::sum, ranks(), nullptr, &outbox(peer));
  for (const auto& [peer, block] : from)
    flows.emplace_back(Writer::receive_from_peer(receive + block.begin * size, block.count * size, settings.chunking),
                       DataType::uint8, ReduceOp::sum, ranks(), &inbox(peer), nullptr);
  carry_out(flows, what);
}

void NetCommunicator::State::all_to_all(const Call& call) {
  const std::size_t bytes = call.count * size_of(call.type);
  const auto own = static_cast<std::size_t>(request.rank);
  std::memcpy(static_cast<std::byte*>(call.receive) + own * bytes,
              static_cast<const std::byte*>(call.send) + own * bytes, bytes);
  std::vector<std::pair<int, Block>> peers;
  for (int by = 1; by < ranks(); ++by) {
    const int peer = (request.rank + by) % ranks();
    peers.push_back({peer, {static_cast<std::size_t>(peer) * call.count, call.count}});
  }
  from_peer_to_peer(call, peers, peers, "all_to_all");
}

/// With one rank every collective is a copy, and its average what it had.
void NetCommunicator::State::alone(const Call& call) const {
  if (call.send != call.receive) std::memmove(call.receive, call.send, call.count * size_of(call.type));
}

void NetCommunicator::State::run_flat(const Call& call) {
  if (ranks() == 1) return alone(call);
  const bool average = call.op == ReduceOp::avg;
  const auto writer = this->writer(flat, call, call.send, average);
  /// The block of each ring position's rank.
  std::vector<Block> blocks;
  for (const int owner : settings.ring) blocks.push_back({static_cast<std::size_t>(owner) * call.count, call.count});
  const auto position = static_cast<int>(std::ranges::find(settings.ring, call.root) - settings.ring.begin());
  // send_recv goes by rank, whatever the order of the ring.
  const int next = (request.rank + 1) % ranks(), previous = (request.rank + ranks() - 1) % ranks();
  auto* const receive = static_cast<std::byte*>(call.receive);
  switch (call.operation) {
    case Operation::all_reduce:
      return on_channels(flat, call, call.count, [&](Block part) { return writer.all_reduce(part); });
    case Operation::all_gather: return ring_all_gather(flat, call, blocks, static_cast<const std::byte*>(call.send));
    case Operation::reduce_scatter: return ring_reduce_scatter(flat, call, blocks, receive);
    case Operation::broadcast:
      return on_channels(flat, call, call.count, [&](Block part) { return writer.broadcast(part, position); });
    case Operation::reduce:
      return on_channels(flat, call, call.count, [&](Block part) { return writer.reduce(part, position); });
    case Operation::all_to_all: return all_to_all(call);
    case Operation::send_recv:
      return from_peer_to_peer(call, {{next, {0, call.count}}}, {{previous, {0, call.count}}}, "send_recv");
  }
}

/// Ranks beyond the smallest site's number own no share; they take part within their site only.
void NetCommunicator::State::all_reduce_by_level(const Call& call) {
  const auto rails = request.layout.rails();
  const auto members = static_cast<std::size_t>(inside->place().size);
  auto blocks = shares(call.count, rails);
  blocks.resize(members, Block{call.count, 0});
  auto* const receive = static_cast<std::byte*>(call.receive);
  const std::size_t size = size_of(call.type);
  const auto own = blocks[static_cast<std::size_t>(index())];
  if (!inside->empty())
    ring_reduce_scatter(*inside, call, blocks, receive + own.begin * size);
  else if (call.send != call.receive)
    std::memcpy(receive, call.send, call.count * size);
  if (index() < rails) {
    const bool average = call.op == ReduceOp::avg;
    const auto writer = this->writer(*across, call, call.receive, average);
    on_channels(*across, call, own.count, [&](Block part) {
      return writer.all_reduce({own.begin + part.begin, part.count});
    });
  }
  if (!inside->empty()) ring_all_gather(*inside, call, blocks, receive + own.begin * size);
}

void NetCommunicator::State::all_gather_by_level(const Call& call) {
  const auto& sites = request.layout.sites;
  const auto members = static_cast<std::size_t>(inside->place().size);
  const std::size_t bytes = call.count * size_of(call.type);
  auto* const own = static_cast<std::byte*>(call.receive) + static_cast<std::size_t>(request.rank) * bytes;
  if (own != call.send) std::memcpy(own, call.send, bytes);
  std::vector<std::pair<int, Block>> to, from;
  for (int site = 0; site < request.layout.site_count(); ++site) {
    if (site == home()) continue;
    const auto& peers = sites[static_cast<std::size_t>(site)];
    to.push_back({peers[static_cast<std::size_t>(index()) % peers.size()], {0, call.count}});
    for (auto owner = static_cast<std::size_t>(index()); owner < peers.size(); owner += members)
      from.push_back({peers[owner], {static_cast<std::size_t>(peers[owner]) * call.count, call.count}});
  }
  from_peer_to_peer(call, to, from, "all_gather between sites");
  if (inside->empty()) return;
  spread(call, sites[static_cast<std::size_t>(home())]);
  for (int site = 0; site < request.layout.site_count(); ++site) {
    if (site == home()) continue;
    const auto& owners = sites[static_cast<std::size_t>(site)];
    for (std::size_t first = 0; first < owners.size(); first += members)
      spread(call, {owners.begin() + static_cast<std::ptrdiff_t>(first),
                    owners.begin() + static_cast<std::ptrdiff_t>(std::min(first + members, owners.size()))});
  }
}

/// All-gather within the site: the rank at place i holds the block of owners[i], if any.
void NetCommunicator::State::spread(const Call& call, const std::vector<int>& owners) {
  std::vector<Block> blocks;
  for (const int owner : owners) blocks.push_back({static_cast<std::size_t>(owner) * call.count, call.count});
  blocks.resize(static_cast<std::size_t>(inside->place().size), Block{0, 0});
  const auto own = blocks[static_cast<std::size_t>(inside->place().position)];
  ring_all_gather(*inside, call, blocks, static_cast<std::byte*>(call.receive) + own.begin * size_of(call.type));
}

NetCommunicator::NetCommunicator(const NetRequest& request)
    : state_(translated([&] { return std::make_unique<State>(request); })) {}

NetCommunicator::~NetCommunicator() = default;

int NetCommunicator::rank() const { return state_->request.rank; }
int NetCommunicator::size() const { return state_->ranks(); }
std::string NetCommunicator::backend() const { return "net"; }

std::string NetCommunicator::library() const {
  const State& my = *state_;
  const bool own = my.plugin.name() == kOwnPlugin;
  return fmt::format("{} ({}, v{}), {} channel{} × {}, ring {}", own ? "plugin TCP" : "plugin", my.plugin.name(),
                     my.plugin.version(), my.settings.channels, my.settings.channels == 1 ? "" : "s",
                     format_bytes({my.settings.chunking.buffer}), ring_text(my.settings.ring));
}

void NetCommunicator::begin(const Call& call, const std::string&) {
  if (call.algorithm != Algorithm::hierarchical) return;
  translated([&] {
    const auto turn = state_->background.take();
    state_->need_hierarchy();
  });
}

void NetCommunicator::run(const Call& call) {
  State& my = *state_;
  if (call.in_place && !has_in_place(call.operation))
    throw UsageError("{} has no in-place form", name_of(call.operation));
  if (call.algorithm == Algorithm::hierarchical && !has_hierarchical(call.operation))
    throw UsageError("{} has no hierarchical form; expected all_reduce or all_gather, or --algorithm flat",
                     name_of(call.operation));
  if (call.count == 0) return;
  translated([&] {
    const auto turn = my.background.take();
    if (call.algorithm == Algorithm::flat || my.request.layout.site_count() == 1) return my.run_flat(call);
    my.need_hierarchy();
    if (call.operation == Operation::all_reduce) return my.all_reduce_by_level(call);
    my.all_gather_by_level(call);
  });
}

void NetCommunicator::send(int peer, const void* data, std::size_t bytes) {
  translated([&] {
    const auto turn = state_->background.take();
    Call call;
    call.type = DataType::uint8;
    call.send = data;
    state_->from_peer_to_peer(call, {{peer, {0, bytes}}}, {}, "send");
  });
}

void NetCommunicator::receive(int peer, void* data, std::size_t bytes) {
  translated([&] {
    const auto turn = state_->background.take();
    Call call;
    call.type = DataType::uint8;
    call.receive = data;
    state_->from_peer_to_peer(call, {}, {{peer, {0, bytes}}}, "receive");
  });
}

}  // namespace longhaul
