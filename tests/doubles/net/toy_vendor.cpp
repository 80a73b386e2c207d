// A network plugin of another vendor, version 9 or, built with TOY_VERSION=8, 10 or 11, that one, as far as wrapping
// one has to be proven: messages cross within the process; its handles fill all 128 bytes; it takes registered memory
// only, GPU pointers and DMA-BUF as well, and hands out device handles when asked. toy_vendor_calls tells what it was
// asked for.
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "collectives/net_plugin/abi.hpp"

namespace {

using namespace longhaul::net;

struct Message {
  int tag;
  std::vector<char> bytes;
};
struct Post {
  void* data;
  std::size_t size;
  int tag;
  int* done_size;
};

/// A connection; both ends hold it.
struct Line {
  std::mutex mutex;
  std::deque<Message> messages;
  bool connected = false, accepted = false;
};
struct End {
  std::shared_ptr<Line> line;
};
struct Receive {
  std::shared_ptr<Line> line;
  int count = 0;
  std::array<Post, 8> posts{};
  std::array<int, 8> sizes{};
  std::array<bool, 8> filled{};
  bool is_send = false;
};

struct Calls {
  int reg_mr = 0, dma_buf = 0, device_mr = 0, consumed = 0, flushes = 0;
};
Calls calls;
std::mutex lines_mutex;
std::map<std::uint64_t, std::shared_ptr<Line>> lines;
std::uint64_t next_line = 1;
int registered_marker = 0;
DeviceHandle device_handle{1, 7, nullptr, 0, 0};

#if TOY_VERSION < 10
Result init(Logger) { return success; }
#endif
Result devices(int* count) {
  *count = 2;
  return success;
}
Result get_properties(int device, PropertiesV9* into) {
  static std::array<char, 8> name{"toy0"};
  *into = {};
  into->name = name.data();
  into->guid = static_cast<std::uint64_t>(device);
  into->pointers = 7;
  into->speed = 400'000;
  into->max_receives = 8;
  into->virtual_device = {1, {device}};
  return success;
}

std::uint64_t number_in(const void* handle) {
  std::uint64_t number = 0;
  std::memcpy(&number, handle, sizeof number);
  for (std::size_t i = sizeof number; i < kHandleBytes; ++i)
    if (static_cast<const char*>(handle)[i] != static_cast<char>(i)) return 0;
  return number;
}
Result listen(int, void* handle, void** comm) {
  const std::lock_guard lock(lines_mutex);
  auto line = std::make_shared<Line>();
  auto* const bytes = static_cast<char*>(handle);
  for (std::size_t i = 0; i < kHandleBytes; ++i) bytes[i] = static_cast<char>(i);
  std::memcpy(bytes, &next_line, sizeof next_line);
  lines[next_line++] = line;
  *comm = new End{line};
  return success;
}
/// There at the second asking.
Result connect(int, void* handle, void** comm, DeviceHandle** offload) {
  const std::lock_guard lock(lines_mutex);
  const auto line = lines.find(number_in(handle));
  if (line == lines.end()) return invalid_argument;
  *comm = std::exchange(line->second->connected, true) ? new End{line->second} : nullptr;
  if (offload != nullptr && *offload != nullptr) *offload = &device_handle;
  return success;
}
Result accept(void* listen_comm, void** comm, DeviceHandle** offload) {
  auto& line = static_cast<End*>(listen_comm)->line;
  const std::lock_guard lock(lines_mutex);
  *comm = line->connected && std::exchange(line->accepted, true) ? new End{line} : nullptr;
  if (offload != nullptr && *offload != nullptr) *offload = &device_handle;
  return success;
}
Result reg_mr(void*, void*, std::size_t, int, void** registration) {
  ++calls.reg_mr;
  *registration = &registered_marker;
  return success;
}
Result reg_mr_dma_buf(void*, void*, std::size_t, int, std::uint64_t, int, void** registration) {
  ++calls.dma_buf;
  *registration = &registered_marker;
  return success;
}
Result dereg_mr(void*, void* registration) { return registration == &registered_marker ? success : invalid_argument; }

Result isend(void* comm, void* data, std::size_t size, int tag, void* registration, void** request) {
  if (registration != &registered_marker) return invalid_usage;
  auto& line = static_cast<End*>(comm)->line;
  const std::lock_guard lock(line->mutex);
  const auto* const begin = static_cast<const char*>(data);
  line->messages.push_back({tag, {begin, begin + size}});
  auto* const made = new Receive{line, 1, {}, {static_cast<int>(size)}, {}, true};
  *request = made;
  return success;
}
Result irecv(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** request) {
  auto* const made = new Receive{static_cast<End*>(comm)->line, n, {}, {}, {}, false};
  for (int i = 0; i < n; ++i) {
    if (registrations[i] != &registered_marker) return invalid_usage;
    made->posts[static_cast<std::size_t>(i)] = {data[i], sizes[i], tags[i], nullptr};
  }
  *request = made;
  return success;
}
Result iflush(void* comm, int, void**, int*, void**, void** request) {
  ++calls.flushes;
  *request = new Receive{static_cast<End*>(comm)->line, 0, {}, {}, {}, true};
  return success;
}
void fill(Receive& receive) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(receive.count); ++i) {
    auto& messages = receive.line->messages;
    for (auto message = messages.begin(); !receive.filled[i] && message != messages.end(); ++message) {
      if (message->tag != receive.posts[i].tag) continue;
      std::memcpy(receive.posts[i].data, message->bytes.data(), message->bytes.size());
      receive.sizes[i] = static_cast<int>(message->bytes.size());
      receive.filled[i] = true;
      messages.erase(message);
      break;
    }
  }
}
Result test(void* request, int* done, int* sizes) {
  auto* const asked = static_cast<Receive*>(request);
  {
    const std::lock_guard lock(asked->line->mutex);
    if (!asked->is_send) fill(*asked);
  }
  *done = asked->is_send ? 1 : 0;
  const auto filled = std::accumulate(asked->filled.begin(), asked->filled.end(), 0);
  if (!asked->is_send && filled == asked->count) *done = 1;
  if (*done == 0) return success;
  for (int i = 0; sizes != nullptr && i < asked->count; ++i) sizes[i] = asked->sizes[static_cast<std::size_t>(i)];
  delete asked;
  return success;
}
Result close_end(void* comm) {
  delete static_cast<End*>(comm);
  return success;
}
Result get_device_mr(void*, void* registration, void** device_registration) {
  ++calls.device_mr;
  *device_registration = registration;
  return success;
}
Result irecv_consumed(void*, int, void* request) {
  ++calls.consumed;
  return request != nullptr ? success : invalid_argument;
}

#if TOY_VERSION == 8
Result get_properties_v8(int device, PropertiesV8* into) {
  PropertiesV9 wide{};
  get_properties(device, &wide);
  *into = {};
  into->name = wide.name;
  into->guid = wide.guid;
  into->pointers = wide.pointers;
  into->speed = wide.speed;
  into->max_receives = wide.max_receives;
  return success;
}
Result isend_v8(void* comm, void* data, int size, int tag, void* registration, void** request) {
  return isend(comm, data, static_cast<std::size_t>(size), tag, registration, request);
}
Result irecv_v8(void* comm, int n, void** data, int* sizes, int* tags, void** registrations, void** request) {
  std::array<std::size_t, 8> wide{};
  std::copy(sizes, sizes + n, wide.begin());
  return irecv(comm, n, data, wide.data(), tags, registrations, request);
}
#endif

#if TOY_VERSION >= 10
std::array<int, 3> marks{-1, -1, 0};  // traffic class of the last connection, of the last communicator; hints

Result isend_v10(void* comm, void* data, std::size_t size, int tag, void* registration, void*, void** request) {
  return isend(comm, data, size, tag, registration, request);
}
Result irecv_v10(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void**,
                 void** request) {
  return irecv(comm, n, data, sizes, tags, registrations, request);
}
#endif
#if TOY_VERSION == 10
Result init_v10(Logger, ProfilerCallback) { return success; }
Result connect_v10(int device, CommConfig* config, void* handle, void** comm, DeviceHandle** offload) {
  marks[0] = config->traffic_class;
  return connect(device, handle, comm, offload);
}
#elif TOY_VERSION == 11
Result init_v11(void** context, std::uint64_t, CommConfig* config, Logger, ProfilerCallback) {
  *context = new CommConfig(*config);
  marks[1] = config->traffic_class;
  return success;
}
Result finalize(void* context) {
  delete static_cast<CommConfig*>(context);
  return success;
}
Result set_attributes(void* context, NetAttributes*) {
  ++marks[2];
  return context != nullptr ? success : invalid_argument;
}
Result get_properties_v11(int device, PropertiesV11* into) {
  *into = {};
  return get_properties(device, into);
}
Result listen_v11(void*, int device, void* handle, void** comm) { return listen(device, handle, comm); }
Result connect_v11(void* context, int device, void* handle, void** comm, DeviceHandle** offload) {
  marks[0] = static_cast<CommConfig*>(context)->traffic_class;
  return connect(device, handle, comm, offload);
}
#endif

}  // namespace

#define TOY_EXPORT extern "C" __attribute__((visibility("default")))

#if TOY_VERSION == 11
TOY_EXPORT const NetV11 ncclNetPlugin_v11;
const NetV11 ncclNetPlugin_v11{"Toy",          init_v11, devices,        get_properties_v11, listen_v11, connect_v11,
                               accept,         reg_mr,   reg_mr_dma_buf, dereg_mr,           isend_v10,  irecv_v10,
                               iflush,         test,     close_end,      close_end,          close_end,  get_device_mr,
                               irecv_consumed, nullptr,  finalize,       set_attributes};
#elif TOY_VERSION == 10
TOY_EXPORT const NetV10 ncclNetPlugin_v10;
const NetV10 ncclNetPlugin_v10{"Toy",       init_v10,  devices,       get_properties, listen,
                               connect_v10, accept,    reg_mr,        reg_mr_dma_buf, dereg_mr,
                               isend_v10,   irecv_v10, iflush,        test,           close_end,
                               close_end,   close_end, get_device_mr, irecv_consumed, nullptr};
#elif TOY_VERSION == 8
TOY_EXPORT const NetV8 ncclNetPlugin_v8;
const NetV8 ncclNetPlugin_v8{"Toy",     init,           devices,   get_properties_v8, listen,        connect, accept,
                             reg_mr,    reg_mr_dma_buf, dereg_mr,  isend_v8,          irecv_v8,      iflush,  test,
                             close_end, close_end,      close_end, get_device_mr,     irecv_consumed};
#else
TOY_EXPORT const NetV9 ncclNetPlugin_v9;
const NetV9 ncclNetPlugin_v9{"Toy",     init,           devices,   get_properties, listen,         connect, accept,
                             reg_mr,    reg_mr_dma_buf, dereg_mr,  isend,          irecv,          iflush,  test,
                             close_end, close_end,      close_end, get_device_mr,  irecv_consumed, nullptr};
#endif

#if TOY_VERSION >= 10
TOY_EXPORT void toy_vendor_marks(int* into) { std::copy(marks.begin(), marks.end(), into); }
#else
/// reg_mr, dma_buf, device_mr, consumed, flushes
TOY_EXPORT void toy_vendor_calls(int* into) {
  const std::array<int, 5> all{calls.reg_mr, calls.dma_buf, calls.device_mr, calls.consumed, calls.flushes};
  std::copy(all.begin(), all.end(), into);
}
#endif
