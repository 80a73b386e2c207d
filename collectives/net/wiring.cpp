#include "collectives/net/wiring.hpp"

#include <array>
#include <chrono>
#include <thread>

#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

using HandleBytes = std::array<char, kHandleBytes>;

/// An edge while it is being connected.
struct Pending {
  HandleBytes handle{};
  void *listening = nullptr, *sending = nullptr, *receiving = nullptr;
};

/// What is not given away is closed.
class Connecting {
 public:
  Connecting(LoadedPlugin& plugin, int rank, const std::vector<Edge>& edges)
      : plugin_(plugin), rank_(rank), edges_(edges), pending_(edges.size()) {}
  ~Connecting() {
    for (auto& each : pending_) {
      if (each.listening != nullptr) plugin_.common().close_listen(each.listening);
      if (each.sending != nullptr) plugin_.common().close_send(each.sending);
      if (each.receiving != nullptr) plugin_.common().close_receive(each.receiving);
    }
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  /// Handles of the edges that come here, one after the other.
  std::string listen() {
    std::string handles;
    const int devices = plugin_.devices();
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (edges_[i].to != rank_) continue;
      pending_[i].listening = plugin_.listen(edges_[i].device % devices, pending_[i].handle.data());
      handles.append(pending_[i].handle.data(), kHandleBytes);
    }
    return handles;
  }

  void learn(const std::vector<std::string>& handles) {
    std::vector<std::size_t> taken(handles.size());
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      const auto to = static_cast<std::size_t>(edges_[i].to);
      handles[to].copy(pending_[i].handle.data(), kHandleBytes, taken[to]);
      taken[to] += kHandleBytes;
    }
  }

  /// One round over all; the first edge that is not there yet, or their number.
  std::size_t step() {
    std::size_t first = edges_.size();
    const int devices = plugin_.devices();
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      auto& each = pending_[i];
      const auto& edge = edges_[i];
      if (edge.from == rank_ && each.sending == nullptr)
        each.sending = plugin_.connect(edge.device % devices, each.handle.data());
      if (edge.to == rank_ && each.receiving == nullptr) each.receiving = plugin_.accept(each.listening);
      const bool there =
          (edge.from != rank_ || each.sending != nullptr) && (edge.to != rank_ || each.receiving != nullptr);
      if (!there) first = std::min(first, i);
    }
    return first;
  }

  Ends ends(Chunking chunking) {
    Ends ends;
    for (auto& each : pending_) {
      ends.sending.push_back(each.sending == nullptr ? nullptr
                                                     : std::make_unique<Outbox>(plugin_, each.sending, chunking));
      each.sending = nullptr;
      ends.receiving.push_back(each.receiving == nullptr ? nullptr
                                                         : std::make_unique<Inbox>(plugin_, each.receiving, chunking));
      each.receiving = nullptr;
    }
    return ends;
  }

 private:
  LoadedPlugin& plugin_;
  int rank_;
  const std::vector<Edge>& edges_;
  std::vector<Pending> pending_;
};

}  // namespace

Ends connect_all(LoadedPlugin& plugin, int rank, const std::vector<Edge>& edges, Chunking chunking,
                 const Exchange& exchange, std::chrono::nanoseconds deadline) {
  Connecting connecting(plugin, rank, edges);
  connecting.learn(exchange(connecting.listen()));
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    const auto missing = connecting.step();
    if (missing == edges.size()) return connecting.ends(chunking);
    if (std::chrono::steady_clock::now() - begin > deadline)
      throw Failure{remote_error, "no connection between ranks " + std::to_string(edges[missing].from) + " and " +
                                      std::to_string(edges[missing].to) + " in time"};
    std::this_thread::yield();
  }
}

std::vector<Edge> ring_edges(const std::vector<int>& ranks, int channels) {
  std::vector<Edge> edges;
  for (int channel = 0; channel < channels; ++channel)
    for (std::size_t i = 0; i < ranks.size(); ++i) edges.push_back({ranks[i], ranks[(i + 1) % ranks.size()], channel});
  return edges;
}

}  // namespace longhaul::net
