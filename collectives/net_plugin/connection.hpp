#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "collectives/net_plugin/failure.hpp"
#include "collectives/net_plugin/socket.hpp"

namespace longhaul::net {

class Connection;

/// Most messages that one receive may group (NCCL's maxRecvs), as of NCCL's InfiniBand transport.
constexpr int kMaxReceives = 8;

/// What NCCL holds while an operation is under way.
struct Request {
  Connection* connection = nullptr;
  bool taken = false;
  bool over = false;
  Time due{};  ///< where it is over: from then on
  int count = 1;
  std::array<std::uint64_t, kMaxReceives> sizes{};
  void* vendor = nullptr;  ///< another plugin's request that this one stands for
};

/// As many requests as a connection may have under way.
class RequestPool {
 public:
  RequestPool(Connection* connection, std::size_t count) : requests_(count) {
    for (auto& each : requests_) each.connection = connection;
  }

  /// Null where all are taken.
  Request* take() {
    for (auto& each : requests_) {
      if (each.taken) continue;
      auto* const connection = each.connection;
      each = Request{};
      each.connection = connection;
      each.taken = true;
      return &each;
    }
    return nullptr;
  }
  static void give_back(Request& request) { request.taken = false; }

 private:
  std::vector<Request> requests_;
};

/// What a send is given.
struct Outgoing {
  const void* data = nullptr;
  std::size_t size = 0;
  int tag = 0;
  void *registration = nullptr, *event = nullptr;  ///< another plugin's
};

/// What a receive is given: `count` buffers, each for one message of its tag.
struct Incoming {
  int count = 1;
  void** data = nullptr;
  std::size_t* sizes = nullptr;
  int* tags = nullptr;
  void **registrations = nullptr, **events = nullptr;  ///< another plugin's
  bool completion_optional = false;                    ///< NCCL_NET_OPTIONAL_RECV_COMPLETION
};

/// One end of a connection, as NCCL holds it. Calls of one connection come from one thread at a time.
class Connection {
 public:
  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Null: cannot be begun now, ask again. @throws Failure
  virtual Request* send(const Outgoing& /*message*/) { throw Failure{internal_error, "isend on a receiving end"}; }
  virtual Request* receive(const Incoming& /*buffers*/) { throw Failure{internal_error, "irecv on a sending end"}; }
  /// Makes what was received visible to a GPU; null where there is nothing to do.
  virtual Request* flush(int /*count*/, void** /*data*/, int* /*sizes*/, void** /*registrations*/) { return nullptr; }
  /// Whether a request is over; then it is gone, and `sizes` holds what each buffer got.
  virtual bool test(Request& request, int* sizes) = 0;
  /// The other plugin's end that this one passes on to.
  virtual void* vendor() const { return nullptr; }
};

}  // namespace longhaul::net
