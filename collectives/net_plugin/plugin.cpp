#include "collectives/net_plugin/plugin.hpp"

#include <cstdlib>

#include "collectives/net_plugin/receiver.hpp"
#include "collectives/net_plugin/sender.hpp"

namespace longhaul::net {
namespace {

constexpr int kMaxConnections = 65536;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Time patience() {
  const auto text = variable("LONGHAUL_NET_PATIENCE");
  if (text.empty()) return std::chrono::seconds(60);
  const double seconds = std::strtod(text.c_str(), nullptr);
  if (!(seconds > 0 && seconds < 1e6))
    throw Failure{invalid_usage, "LONGHAUL_NET_PATIENCE is '" + text + "'; expected seconds, such as 60"};
  return std::chrono::duration_cast<Time>(std::chrono::duration<double>(seconds));
}

}  // namespace

Plugin::Plugin()
    : interfaces_(find_interfaces(variable("NCCL_SOCKET_IFNAME"))),
      emulation_(Emulation::from_environment()),
      patience_(patience()) {
  if (interfaces_.empty())
    throw Failure{system_error,
                  "no network interface is up that NCCL_SOCKET_IFNAME='" + variable("NCCL_SOCKET_IFNAME") + "' names"};
  if (const auto path = variable("LONGHAUL_NET_VENDOR"); !path.empty()) vendor_ = std::make_unique<LoadedPlugin>(path);
}

int Plugin::devices() { return vendor_ ? vendor_->devices() : static_cast<int>(interfaces_.size()); }

const Interface& Plugin::interface(int device) const {
  const auto count = static_cast<int>(interfaces_.size());
  if (device < 0 || device >= count)
    throw Failure{invalid_argument, "device " + std::to_string(device) + "; there are " + std::to_string(count)};
  return interfaces_[static_cast<std::size_t>(device)];
}

PropertiesV11 Plugin::properties(int device) {
  if (vendor_) return vendor_->properties(device);
  const auto& found = interface(device);
  PropertiesV11 properties{};
  properties.name = const_cast<char*>(found.name.c_str());
  properties.pci_path = found.pci_path.empty() ? nullptr : const_cast<char*>(found.pci_path.c_str());
  properties.guid = static_cast<std::uint64_t>(device);
  properties.pointers = kHostPointers;  // no GPUDirect: no flush, no DMA-BUF
  properties.speed = found.speed;
  properties.max_comms = kMaxConnections;
  properties.max_receives = kMaxReceives;
  properties.virtual_device = {1, {device}};
  properties.max_p2p_bytes = properties.max_collective_bytes = kLargestMessage;
  properties.max_multi_request = 1;
  return properties;
}

void* Plugin::listen(int device, Handle& handle, const CommContext* communicator) {
  if (vendor_) {
    auto listener =
        std::make_unique<VendorListener>(*vendor_, device, communicator, interface(0), *emulation_, patience_);
    handle = listener->handle();
    return listener.release();
  }
  auto listener = std::make_unique<Listener>(interface(device), emulation_->site(), patience_);
  handle = listener->handle();
  return listener.release();
}

/// The connector under the number in the handle; made when there is none yet. `finish` gives the connection or null.
template <class Making, class Make, class Finish>
Connection* Plugin::connect_by(std::map<std::uint64_t, std::unique_ptr<Making>>& connecting, Handle& handle,
                               const Make& make, const Finish& finish) {
  if (handle.magic != Handle::kMagic)
    throw Failure{invalid_usage, "the peer's handle is not one of this plugin: load the same one on all hosts"};
  const std::lock_guard lock(mutex_);
  if (handle.connecting == 0) {
    auto made = make();
    handle.connecting = next_connector_++;
    connecting.emplace(handle.connecting, std::move(made));
  }
  const auto under_way = connecting.find(handle.connecting);
  if (under_way == connecting.end()) throw Failure{internal_error, "connect on a handle that is connected already"};
  std::unique_ptr<Connection> connection = finish(*under_way->second);
  if (connection) connecting.erase(under_way);
  return connection.release();
}

Connection* Plugin::connect(int device, Handle& handle, DeviceHandle** offload, const CommContext* communicator) {
  if (vendor_)
    return connect_by(
        connecting_vendor_, handle,
        [&] {
          return std::make_unique<VendorConnector>(*vendor_, device, handle, interface(0), *emulation_, patience_);
        },
        [&](VendorConnector& connector) { return connector.connect(offload, communicator); });
  const bool acknowledged = emulation_->acknowledges() && emulation_->reaches(handle.site);
  return connect_by(
      connecting_, handle,
      [&] {
        return std::make_unique<Connector>(handle, interface(device), emulation_->site(), acknowledged,
                                           emulation_->sockets(), patience_);
      },
      [&](Connector& connector) -> std::unique_ptr<Connection> {
        auto joined = connector.connect();
        if (!joined) return nullptr;
        return std::make_unique<Sender>(std::move(joined->sockets), handle.site, joined->hello.acknowledged != 0,
                                        *emulation_);
      });
}

Connection* Plugin::accept(void* listener, DeviceHandle** offload) {
  if (vendor_) return static_cast<VendorListener*>(listener)->accept(offload).release();
  auto joined = static_cast<Listener*>(listener)->accept();
  if (!joined) return nullptr;
  auto receiver = std::make_unique<Receiver>(std::move(joined->sockets), joined->hello.site,
                                             joined->hello.acknowledged != 0, *emulation_, patience_);
  if (receiver->delayed()) drain_.add(*receiver);
  return receiver.release();
}

void Plugin::close(Connection* connection) {
  if (auto* const receiver = dynamic_cast<Receiver*>(connection)) drain_.remove(*receiver);
  delete connection;
}

void Plugin::close_listener(void* listener) const {
  if (vendor_)
    delete static_cast<VendorListener*>(listener);
  else
    delete static_cast<Listener*>(listener);
}

}  // namespace longhaul::net
