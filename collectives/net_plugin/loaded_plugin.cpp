#include "collectives/net_plugin/loaded_plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <mutex>
#include <utility>

#include "collectives/net_plugin/connection.hpp"
#include "collectives/net_plugin/failure.hpp"

namespace longhaul::net {
namespace {

/// What plugins logged last as a warning: the cause of a code that says little.
struct LastWords {
  std::mutex mutex;
  std::string text;
  std::string take() {
    const std::lock_guard lock(mutex);
    return std::exchange(text, {});
  }
};
LastWords& last_words() {
  static LastWords words;
  return words;
}

void log(int level, unsigned long, const char*, int, const char* format, ...) {
  if (level != log_warn) return;
  std::array<char, 1000> line{};
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  const std::lock_guard lock(last_words().mutex);
  last_words().text = line.data();
}

Result no_profiler(void**, int, void*, std::int64_t, void*) { return success; }

PropertiesV11 widened(const PropertiesV8& old, int device) {
  PropertiesV11 all{};
  all.name = old.name;
  all.pci_path = old.pci_path;
  all.guid = old.guid;
  all.pointers = old.pointers;
  all.registration_is_global = old.registration_is_global;
  all.speed = old.speed;
  all.port = old.port;
  all.latency = old.latency;
  all.max_comms = old.max_comms;
  all.max_receives = old.max_receives;
  all.device_type = old.device_type;
  all.device_version = old.device_version;
  all.virtual_device = {1, {device}};
  all.max_p2p_bytes = all.max_collective_bytes = kLargestMessageV8;
  return all;
}

PropertiesV11 widened(const PropertiesV9& old) {
  PropertiesV11 all{};
  static_cast<PropertiesV9&>(all) = old;
  all.max_multi_request = 1;
  return all;
}

template <class Net>
LoadedPlugin::Common common_of(const Net& net) {
  LoadedPlugin::Common common{
      net.reg_mr,        net.reg_mr_dma_buf, net.dereg_mr,      net.iflush,         net.test, net.close_send,
      net.close_receive, net.close_listen,   net.get_device_mr, net.irecv_consumed, nullptr};
  if constexpr (requires { net.make_virtual_device; }) common.make_virtual_device = net.make_virtual_device;
  return common;
}

}  // namespace

std::string text_of(Result result) {
  switch (result) {
    case success: return "success";
    case system_error: return "system error";
    case internal_error: return "internal error";
    case invalid_argument: return "invalid argument";
    case invalid_usage: return "invalid usage";
    case remote_error: return "remote error";
  }
  return "error " + std::to_string(static_cast<int>(result));
}

LoadedPlugin::LoadedPlugin(const std::string& path, int version) : path_(path) {
  library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::string why = library_ == nullptr ? ::dlerror() : "";
  if (library_ == nullptr && path.find('/') == std::string::npos)
    library_ = ::dlopen(("libnccl-net-" + path + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw Failure{system_error, "cannot load the network plugin " + path + ": " + why};
  for (version_ = 11; version_ >= 8; --version_) {
    if (version != 0 && version_ != version) continue;
    if (const void* const symbol = ::dlsym(library_, ("ncclNetPlugin_v" + std::to_string(version_)).c_str())) {
      take(symbol);
      init();
      return;
    }
  }
  ::dlclose(library_);
  throw Failure{invalid_usage,
                path + " has no ncclNetPlugin_v8 to _v11: it is no network plugin of NCCL 2.20 or later"};
}

LoadedPlugin::~LoadedPlugin() {
  if (v11_ != nullptr && v11_->finalize != nullptr) v11_->finalize(first_.context);
  ::dlclose(library_);
}

void LoadedPlugin::take(const void* symbol) {
  const auto use = [&](auto*& net) {
    net = static_cast<std::remove_reference_t<decltype(net)>>(symbol);
    common_ = common_of(*net);
    name_ = net->name;
  };
  switch (version_) {
    case 8: return use(v8_);
    case 9: return use(v9_);
    case 10: return use(v10_);
    default: return use(v11_);
  }
}

void LoadedPlugin::init() {
  Result result = success;
  if (v8_ != nullptr) result = v8_->init(&log);
  if (v9_ != nullptr) result = v9_->init(&log);
  if (v10_ != nullptr) result = v10_->init(&log, &no_profiler);
  if (v11_ != nullptr) result = v11_->init(&first_.context, 0, &first_.config, &log, &no_profiler);
  try {
    expect(result, "init");
  } catch (const Failure&) {
    ::dlclose(library_);
    throw;
  }
}

void LoadedPlugin::expect(Result result, const char* function) const {
  if (result == success) return;
  const auto words = last_words().take();
  throw Failure{result, "network plugin " + name_ + ": " + function + ": " + (words.empty() ? text_of(result) : words)};
}

int LoadedPlugin::devices() {
  int count = 0;
  const auto ask = [&](const auto* net) {
    if (net != nullptr) expect(net->devices(&count), "devices");
  };
  ask(v8_), ask(v9_), ask(v10_), ask(v11_);
  return count;
}

PropertiesV11 LoadedPlugin::properties(int device) {
  if (v8_ != nullptr) {
    PropertiesV8 old{};
    expect(v8_->get_properties(device, &old), "getProperties");
    return widened(old, device);
  }
  PropertiesV11 all{};
  if (v11_ != nullptr) {
    expect(v11_->get_properties(device, &all), "getProperties");
    return all;
  }
  PropertiesV9 old{};
  expect(v9_ != nullptr ? v9_->get_properties(device, &old) : v10_->get_properties(device, &old), "getProperties");
  return widened(old);
}

CommContext LoadedPlugin::open(std::uint64_t communicator, const CommConfig& config) {
  CommContext made{config, nullptr};
  if (v11_ != nullptr) expect(v11_->init(&made.context, communicator, &made.config, &log, &no_profiler), "init");
  return made;
}

void LoadedPlugin::close(const CommContext& communicator) const {
  if (v11_ != nullptr && v11_->finalize != nullptr) v11_->finalize(communicator.context);
}

Result LoadedPlugin::set_attributes(const CommContext& communicator, NetAttributes* attributes) const {
  if (v11_ == nullptr || v11_->set_attributes == nullptr) return success;
  return v11_->set_attributes(communicator.context, attributes);
}

void* LoadedPlugin::listen(int device, void* handle, const CommContext* communicator) {
  void* comm = nullptr;
  void* const context =
      communicator != nullptr && communicator->context != nullptr ? communicator->context : first_.context;
  if (v8_ != nullptr) expect(v8_->listen(device, handle, &comm), "listen");
  if (v9_ != nullptr) expect(v9_->listen(device, handle, &comm), "listen");
  if (v10_ != nullptr) expect(v10_->listen(device, handle, &comm), "listen");
  if (v11_ != nullptr) expect(v11_->listen(context, device, handle, &comm), "listen");
  return comm;
}

void* LoadedPlugin::connect(int device, void* handle, DeviceHandle** offload, const CommContext* communicator) {
  void* comm = nullptr;
  auto of = communicator != nullptr ? *communicator : first_;
  if (of.context == nullptr) of.context = first_.context;
  DeviceHandle* none = nullptr;
  DeviceHandle** const device_handle = offload != nullptr ? offload : &none;
  if (v8_ != nullptr) expect(v8_->connect(device, handle, &comm, device_handle), "connect");
  if (v9_ != nullptr) expect(v9_->connect(device, handle, &comm, device_handle), "connect");
  if (v10_ != nullptr) expect(v10_->connect(device, &of.config, handle, &comm, device_handle), "connect");
  if (v11_ != nullptr) expect(v11_->connect(of.context, device, handle, &comm, device_handle), "connect");
  return comm;
}

void* LoadedPlugin::accept(void* listen_comm, DeviceHandle** offload) {
  void* comm = nullptr;
  DeviceHandle* none = nullptr;
  DeviceHandle** const device_handle = offload != nullptr ? offload : &none;
  const auto ask = [&](const auto* net) {
    if (net != nullptr) expect(net->accept(listen_comm, &comm, device_handle), "accept");
  };
  ask(v8_), ask(v9_), ask(v10_), ask(v11_);
  return comm;
}

void* LoadedPlugin::reg_mr(void* comm, void* data, std::size_t size, int type) {
  void* registration = nullptr;
  expect(common_.reg_mr(comm, data, size, type, &registration), "regMr");
  return registration;
}

Result LoadedPlugin::isend(void* comm, void* data, std::size_t size, int tag, void* registration, void* event,
                           void** request) {
  if (v11_ != nullptr) return v11_->isend(comm, data, size, tag, registration, event, request);
  if (v10_ != nullptr) return v10_->isend(comm, data, size, tag, registration, event, request);
  if (v9_ != nullptr) return v9_->isend(comm, data, size, tag, registration, request);
  if (size > kLargestMessageV8) return internal_error;
  return v8_->isend(comm, data, static_cast<int>(size), tag, registration, request);
}

Result LoadedPlugin::irecv(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations,
                           void** events, void** request) {
  if (v11_ != nullptr) return v11_->irecv(comm, n, data, sizes, tags, registrations, events, request);
  if (v10_ != nullptr) return v10_->irecv(comm, n, data, sizes, tags, registrations, events, request);
  if (v9_ != nullptr) return v9_->irecv(comm, n, data, sizes, tags, registrations, request);
  std::array<int, kMaxReceives> narrow{};
  if (n < 0 || n > kMaxReceives) return internal_error;
  for (int i = 0; i < n; ++i)
    narrow[static_cast<std::size_t>(i)] = static_cast<int>(std::min(sizes[i], kLargestMessageV8));
  return v8_->irecv(comm, n, data, narrow.data(), tags, registrations, request);
}

}  // namespace longhaul::net
