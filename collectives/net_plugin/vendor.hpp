#pragma once
#include <memory>

#include "collectives/net_plugin/connection.hpp"
#include "collectives/net_plugin/emulation.hpp"
#include "collectives/net_plugin/listener.hpp"
#include "collectives/net_plugin/loaded_plugin.hpp"

/// Another vendor's plugin as the carrier: it moves the bytes, and connections between sites are held up on the way.
/// Who is at the other end, the two sides tell each other over a TCP connection of our own, over which the other
/// plugin's handle goes, too: that may fill all the room NCCL gives a handle.
namespace longhaul::net {

/// Listens with both, until the one connection has come.
class VendorListener {
 public:
  VendorListener(LoadedPlugin& vendor, int device, const CommContext* communicator, const Interface& interface,
                 Emulation& emulation, Time patience);
  ~VendorListener();
  VendorListener(const VendorListener&) = delete;
  VendorListener& operator=(const VendorListener&) = delete;

  const Handle& handle() const { return meeting_.handle(); }
  /// Null while nobody has come.
  std::unique_ptr<Connection> accept(DeviceHandle** offload);

 private:
  LoadedPlugin& vendor_;
  Emulation& emulation_;
  Listener meeting_;
  std::array<std::byte, kHandleBytes> vendor_handle_{};
  void* listening_ = nullptr;
  std::unique_ptr<Joined> joined_;
  std::size_t told_ = 0;  ///< bytes of the vendor's handle
};

/// Connects to such a listener.
class VendorConnector {
 public:
  VendorConnector(LoadedPlugin& vendor, int device, const Handle& handle, const Interface& from, Emulation& emulation,
                  Time patience);

  /// Null while it is not there yet.
  std::unique_ptr<Connection> connect(DeviceHandle** offload, const CommContext* communicator);

 private:
  LoadedPlugin& vendor_;
  int device_, to_;
  Emulation& emulation_;
  Connector meeting_;
  std::unique_ptr<Joined> joined_;
  std::array<std::byte, kHandleBytes> vendor_handle_{};
  std::size_t heard_ = 0;
};

}  // namespace longhaul::net
