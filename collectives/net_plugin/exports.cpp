#include <exception>
#include <memory>

#include "collectives/net_plugin/plugin.hpp"

/// The plugin's C interface: what NCCL finds by dlsym. The four versions differ in a few signatures; all end in the
/// same functions. No exception leaves them: what goes wrong is told to NCCL's log and returned as a code.
namespace longhaul::net {
namespace {

Logger logger = nullptr;

/// The process's plugin, from the first init() to the end of the process or to dlclose.
std::unique_ptr<Plugin>& instance() {
  static std::unique_ptr<Plugin> plugin;
  return plugin;
}

std::mutex& instance_mutex() {
  static std::mutex mutex;
  return mutex;
}

Result tell(const char* function, Result result, const char* text) {
  if (logger != nullptr) logger(log_warn, kLogNet, __FILE__, __LINE__, "NET/Longhaul %s: %s", function, text);
  return result;
}

template <class Work>
Result guarded(const char* function, const Work& work) noexcept {
  try {
    work();
    return success;
  } catch (const Failure& failure) {
    return tell(function, failure.result, failure.text.c_str());
  } catch (const std::exception& error) {
    return tell(function, internal_error, error.what());
  }
}

Result init(Logger log) {
  const std::lock_guard lock(instance_mutex());
  logger = log;
  return guarded("init", [] {
    if (!instance()) instance() = std::make_unique<Plugin>();
  });
}
Result init_v10(Logger log, ProfilerCallback) { return init(log); }
/// A context is a communicator of the wrapped plugin's; our own carrier needs none.
Result init_v11(void** context, std::uint64_t communicator, CommConfig* config, Logger log, ProfilerCallback) {
  *context = nullptr;
  if (const auto result = init(log); result != success) return result;
  return guarded("init", [&] {
    if (auto* const vendor = instance()->vendor())
      *context = std::make_unique<CommContext>(vendor->open(communicator, config != nullptr ? *config : CommConfig{-1}))
                     .release();
  });
}
CommContext* communicator(void* context) { return static_cast<CommContext*>(context); }

Result finalize(void* context) {
  const std::unique_ptr<CommContext> ended(communicator(context));
  if (ended) instance()->vendor()->close(*ended);
  return success;
}
Result set_attributes(void* context, NetAttributes* attributes) {
  return context == nullptr ? success : instance()->vendor()->set_attributes(*communicator(context), attributes);
}

Result devices(int* count) {
  return guarded("devices", [&] { *count = instance()->devices(); });
}

Result get_properties_v8(int device, PropertiesV8* into) {
  return guarded("getProperties", [&] {
    const auto all = instance()->properties(device);
    *into = {all.name,        all.pci_path,      all.guid,    all.pointers,  all.registration_is_global,
             all.speed,       all.port,          all.latency, all.max_comms, all.max_receives,
             all.device_type, all.device_version};
  });
}
Result get_properties_v9(int device, PropertiesV9* into) {
  return guarded("getProperties", [&] { *into = instance()->properties(device); });
}
Result get_properties_v11(int device, PropertiesV11* into) {
  return guarded("getProperties", [&] { *into = instance()->properties(device); });
}

Result listen_v11(void* context, int device, void* handle, void** listen_comm) {
  *listen_comm = nullptr;
  return guarded("listen", [&] {
    *listen_comm = instance()->listen(device, *static_cast<Handle*>(handle), communicator(context));
  });
}
Result listen(int device, void* handle, void** listen_comm) { return listen_v11(nullptr, device, handle, listen_comm); }

/// NCCL may ask for device offload there, which our own carrier has none of.
void leave_offload_to_vendor(DeviceHandle** offload) {
  if (offload != nullptr && instance()->vendor() == nullptr) *offload = nullptr;
}

Result connect_v11(void* context, int device, void* handle, void** send_comm, DeviceHandle** offload) {
  *send_comm = nullptr;
  leave_offload_to_vendor(offload);
  return guarded("connect", [&] {
    *send_comm = instance()->connect(device, *static_cast<Handle*>(handle), offload, communicator(context));
  });
}
Result connect_v10(int device, CommConfig* config, void* handle, void** send_comm, DeviceHandle** offload) {
  CommContext marked{config != nullptr ? *config : CommConfig{-1}, nullptr};
  return connect_v11(&marked, device, handle, send_comm, offload);
}
Result connect(int device, void* handle, void** send_comm, DeviceHandle** offload) {
  return connect_v11(nullptr, device, handle, send_comm, offload);
}

Result accept(void* listen_comm, void** receive_comm, DeviceHandle** offload) {
  *receive_comm = nullptr;
  leave_offload_to_vendor(offload);
  return guarded("accept", [&] { *receive_comm = instance()->accept(listen_comm, offload); });
}

Connection& connection(void* comm) { return *static_cast<Connection*>(comm); }

/// The wrapped plugin and its end of a connection; none where our own TCP carries.
struct Wrapped {
  const LoadedPlugin::Common* functions;
  void* comm;
};
Wrapped wrapped(void* comm) {
  auto* const vendor = instance()->vendor();
  return {vendor == nullptr ? nullptr : &vendor->common(), connection(comm).vendor()};
}

Result reg_mr(void* comm, void* data, std::size_t size, int type, void** registration) {
  *registration = nullptr;
  if (const auto other = wrapped(comm); other.functions != nullptr)
    return other.functions->reg_mr(other.comm, data, size, type, registration);
  return type == kHostPointers ? success : tell("regMr", internal_error, "this carrier takes host memory only");
}
Result reg_mr_dma_buf(void* comm, void* data, std::size_t size, int type, std::uint64_t offset, int fd,
                      void** registration) {
  *registration = nullptr;
  const auto other = wrapped(comm);
  if (other.functions == nullptr || other.functions->reg_mr_dma_buf == nullptr)
    return tell("regMrDmaBuf", internal_error, "this carrier takes host memory only");
  return other.functions->reg_mr_dma_buf(other.comm, data, size, type, offset, fd, registration);
}
Result dereg_mr(void* comm, void* registration) {
  const auto other = wrapped(comm);
  return other.functions == nullptr ? success : other.functions->dereg_mr(other.comm, registration);
}
Result get_device_mr(void* comm, void* registration, void** device_registration) {
  const auto other = wrapped(comm);
  if (other.functions == nullptr || other.functions->get_device_mr == nullptr)
    return tell("getDeviceMr", internal_error, "this carrier has no device offload");
  return other.functions->get_device_mr(other.comm, registration, device_registration);
}
Result irecv_consumed(void* comm, int n, void* request) {
  const auto other = wrapped(comm);
  if (other.functions == nullptr || other.functions->irecv_consumed == nullptr)
    return tell("irecvConsumed", internal_error, "this carrier has no device offload");
  return other.functions->irecv_consumed(other.comm, n, static_cast<Request*>(request)->vendor);
}

Result isend_v10(void* comm, void* data, std::size_t size, int tag, void* registration, void* event, void** request) {
  *request = nullptr;
  return guarded("isend", [&] { *request = connection(comm).send({data, size, tag, registration, event}); });
}
Result isend_v9(void* comm, void* data, std::size_t size, int tag, void* registration, void** request) {
  return isend_v10(comm, data, size, tag, registration, nullptr, request);
}
Result isend_v8(void* comm, void* data, int size, int tag, void* registration, void** request) {
  return isend_v10(comm, data, static_cast<std::size_t>(size), tag, registration, nullptr, request);
}

Result irecv_v10(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** events,
                 void** request) {
  const bool optional = *request != nullptr;  // NCCL_NET_OPTIONAL_RECV_COMPLETION: a hint
  *request = nullptr;
  return guarded("irecv", [&] {
    *request = connection(comm).receive({n, data, sizes, tags, registrations, events, optional});
  });
}
Result irecv_v9(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** request) {
  return irecv_v10(comm, n, data, sizes, tags, registrations, nullptr, request);
}
Result irecv_v8(void* comm, int n, void** data, int* sizes, int* tags, void** registrations, void** request) {
  std::array<std::size_t, kMaxReceives> wide{};
  for (int i = 0; i < n && i < kMaxReceives; ++i)
    wide[static_cast<std::size_t>(i)] = static_cast<std::size_t>(sizes[i]);
  return irecv_v10(comm, n, data, wide.data(), tags, registrations, nullptr, request);
}

Result iflush(void* comm, int n, void** data, int* sizes, void** registrations, void** request) {
  *request = nullptr;
  return guarded("iflush", [&] { *request = connection(comm).flush(n, data, sizes, registrations); });
}

Result test(void* request, int* done, int* sizes) {
  *done = 0;
  return guarded("test", [&] {
    auto& asked = *static_cast<Request*>(request);
    *done = asked.connection->test(asked, sizes) ? 1 : 0;
  });
}

Result close_connection(void* comm) {
  return guarded("close", [&] { instance()->close(static_cast<Connection*>(comm)); });
}
Result close_listen(void* comm) {
  return guarded("closeListen", [&] { instance()->close_listener(comm); });
}

constexpr const char* kName = "Longhaul";

}  // namespace
}  // namespace longhaul::net

#define LONGHAUL_EXPORT extern "C" __attribute__((visibility("default")))

// NOLINTBEGIN(readability-identifier-naming): NCCL's names
LONGHAUL_EXPORT const longhaul::net::NetV8 ncclNetPlugin_v8;
LONGHAUL_EXPORT const longhaul::net::NetV9 ncclNetPlugin_v9;
LONGHAUL_EXPORT const longhaul::net::NetV10 ncclNetPlugin_v10;
LONGHAUL_EXPORT const longhaul::net::NetV11 ncclNetPlugin_v11;

using namespace longhaul::net;

const NetV8 ncclNetPlugin_v8{kName,         init,   devices,          get_properties_v8, listen,       connect,
                             accept,        reg_mr, reg_mr_dma_buf,   dereg_mr,          isend_v8,     irecv_v8,
                             iflush,        test,   close_connection, close_connection,  close_listen, get_device_mr,
                             irecv_consumed};
const NetV9 ncclNetPlugin_v9{kName,          init,   devices,          get_properties_v9, listen,       connect,
                             accept,         reg_mr, reg_mr_dma_buf,   dereg_mr,          isend_v9,     irecv_v9,
                             iflush,         test,   close_connection, close_connection,  close_listen, get_device_mr,
                             irecv_consumed, nullptr};
const NetV10 ncclNetPlugin_v10{kName,          init_v10,      devices,          get_properties_v9,
                               listen,         connect_v10,   accept,           reg_mr,
                               reg_mr_dma_buf, dereg_mr,      isend_v10,        irecv_v10,
                               iflush,         test,          close_connection, close_connection,
                               close_listen,   get_device_mr, irecv_consumed,   nullptr};
const NetV11 ncclNetPlugin_v11{
    kName,          init_v11, devices,          get_properties_v11, listen_v11,   connect_v11,
    accept,         reg_mr,   reg_mr_dma_buf,   dereg_mr,           isend_v10,    irecv_v10,
    iflush,         test,     close_connection, close_connection,   close_listen, get_device_mr,
    irecv_consumed, nullptr,  finalize,         set_attributes};
// NOLINTEND(readability-identifier-naming)
