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
#include "collectives/net_plugin/vendor.hpp"

namespace longhaul::net {

/// The plugin within one process: its interfaces, the WAN, and what is under way. The C functions of every version of
/// the interface come here (exports.cpp).
class Plugin {
 public:
  /// As the environment says: LONGHAUL_NET_VENDOR (a plugin to wrap), LONGHAUL_NET_CONTROL, LONGHAUL_NET_SITE,
  /// LONGHAUL_NET_PATIENCE, NCCL_SOCKET_IFNAME.
  /// @throws Failure
  Plugin();

  int devices();
  PropertiesV11 properties(int device);

  /// A listener, as accept() and close_listener() take it.
  /// @param communicator  of the wrapped plugin; null: its first
  void* listen(int device, Handle& handle, const CommContext* communicator);
  /// Null while it is not there yet; keeps its place in the handle.
  Connection* connect(int device, Handle& handle, DeviceHandle** offload, const CommContext* communicator);
  Connection* accept(void* listener, DeviceHandle** offload);
  void close(Connection* connection);
  void close_listener(void* listener) const;
  /// The plugin that is wrapped; null: our own TCP carries.
  LoadedPlugin* vendor() { return vendor_.get(); }

 private:
  const Interface& interface(int device) const;
  template <class Making, class Make, class Finish>
  Connection* connect_by(std::map<std::uint64_t, std::unique_ptr<Making>>& connecting, Handle& handle, const Make& make,
                         const Finish& finish);

  std::vector<Interface> interfaces_;
  std::unique_ptr<Emulation> emulation_;
  Time patience_;
  std::unique_ptr<LoadedPlugin> vendor_;
  Drain drain_;
  std::mutex mutex_;  ///< of what follows
  std::map<std::uint64_t, std::unique_ptr<Connector>> connecting_;
  std::map<std::uint64_t, std::unique_ptr<VendorConnector>> connecting_vendor_;
  std::uint64_t next_connector_ = 1;
};

}  // namespace longhaul::net
