#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collectives/net_plugin/abi.hpp"
#include "collectives/net_plugin/drain.hpp"
#include "collectives/net_plugin/emulation.hpp"
#include "collectives/net_plugin/interfaces.hpp"
#include "collectives/net_plugin/listener.hpp"

namespace longhaul::net {

/// The plugin within one process: its interfaces, the WAN, and what is under way. The C functions of every version of
/// the interface come here (exports.cpp).
class Plugin {
 public:
  /// As the environment says: LONGHAUL_NET_CONTROL, LONGHAUL_NET_SITE, LONGHAUL_NET_PATIENCE, NCCL_SOCKET_IFNAME.
  /// @throws Failure
  Plugin();

  int devices() const { return static_cast<int>(interfaces_.size()); }
  PropertiesV11 properties(int device);

  Listener* listen(int device, Handle& handle);
  /// Null while it is not there yet; keeps its place in the handle.
  Connection* connect(int device, Handle& handle);
  Connection* accept(Listener& listener);
  void close(Connection* connection);

 private:
  const Interface& interface(int device) const;

  std::vector<Interface> interfaces_;
  std::unique_ptr<Emulation> emulation_;
  Time patience_;
  Drain drain_;
  std::mutex mutex_;  ///< of what follows
  std::map<std::uint64_t, std::unique_ptr<Connector>> connecting_;
  std::uint64_t next_connector_ = 1;
};

}  // namespace longhaul::net
