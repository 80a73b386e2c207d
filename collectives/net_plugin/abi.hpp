#pragma once
#include <cstddef>
#include <cstdint>

/// NCCL's network plugin interface, versions 8 to 11, as far as a plugin and its caller need it: our own declarations
/// of the layout that NCCL's public headers define, so that neither NCCL nor CUDA is needed to build or to load.
/// Source: NVIDIA/nccl, src/include/plugin/net/net_v8.h … net_v11.h, nccl_net.h, net_device.h (NCCL 2.20 to 2.29).
namespace longhaul::net {

/// ncclResult_t
enum Result : int {
  success = 0,
  system_error = 2,
  internal_error = 3,
  invalid_argument = 4,
  invalid_usage = 5,
  remote_error = 6,
};

constexpr std::size_t kHandleBytes = 128;                        ///< NCCL_NET_HANDLE_MAXSIZE
constexpr int kMaxRequests = 32;                                 ///< NCCL_NET_MAX_REQUESTS, of one connection
constexpr int kHostPointers = 1;                                 ///< NCCL_PTR_HOST
constexpr int kMaxDevicesPerNic = 4;                             ///< NCCL_NET_MAX_DEVS_PER_NIC
constexpr std::size_t kLargestMessage = std::size_t{1} << 40;    ///< NCCL_MAX_NET_SIZE_BYTES
constexpr std::size_t kLargestMessageV8 = std::size_t{1} << 30;  ///< MAX_NET_SIZE: sizes were int

enum LogLevel : int { log_warn = 2, log_info = 3 };
constexpr unsigned long kLogNet = 16;  ///< NCCL_NET
using Logger = void (*)(int level, unsigned long flags, const char* file, int line, const char* format, ...);
using ProfilerCallback = Result (*)(void** event, int type, void* parent, std::int64_t plugin, void* data);

/// ncclNetDeviceHandle_v7_t … v11_t
struct DeviceHandle {
  int type, version;
  void* handle;
  std::size_t size;
  int needs_proxy_progress;
};

struct VirtualDevice {
  int count;
  int devices[kMaxDevicesPerNic];
};

struct CommConfig {
  int traffic_class;
};

struct PropertiesV8 {
  char* name;
  char* pci_path;
  std::uint64_t guid;
  int pointers, registration_is_global;
  int speed, port;  ///< Mbit/s; number
  float latency;    ///< µs
  int max_comms, max_receives;
  int device_type, device_version;
};

struct PropertiesV9 {
  char* name;
  char* pci_path;
  std::uint64_t guid;
  int pointers, registration_is_global, force_flush;
  int speed, port;
  float latency;
  int max_comms, max_receives;
  int device_type, device_version;
  VirtualDevice virtual_device;
  std::size_t max_p2p_bytes, max_collective_bytes;
};
using PropertiesV10 = PropertiesV9;

struct PropertiesV11 : PropertiesV9 {
  int max_multi_request;
};

struct NetAttributes;  ///< ncclNetAttr_v11_t: hints that nobody here reads

struct NetV8 {
  const char* name;
  Result (*init)(Logger);
  Result (*devices)(int* count);
  Result (*get_properties)(int device, PropertiesV8*);
  Result (*listen)(int device, void* handle, void** listen_comm);
  Result (*connect)(int device, void* handle, void** send_comm, DeviceHandle**);
  Result (*accept)(void* listen_comm, void** receive_comm, DeviceHandle**);
  Result (*reg_mr)(void* comm, void* data, std::size_t size, int type, void** registration);
  Result (*reg_mr_dma_buf)(void* comm, void* data, std::size_t size, int type, std::uint64_t offset, int fd,
                           void** registration);
  Result (*dereg_mr)(void* comm, void* registration);
  Result (*isend)(void* comm, void* data, int size, int tag, void* registration, void** request);
  Result (*irecv)(void* comm, int n, void** data, int* sizes, int* tags, void** registrations, void** request);
  Result (*iflush)(void* comm, int n, void** data, int* sizes, void** registrations, void** request);
  Result (*test)(void* request, int* done, int* sizes);
  Result (*close_send)(void* comm);
  Result (*close_receive)(void* comm);
  Result (*close_listen)(void* comm);
  Result (*get_device_mr)(void* comm, void* registration, void** device_registration);
  Result (*irecv_consumed)(void* comm, int n, void* request);
};

struct NetV9 {
  const char* name;
  Result (*init)(Logger);
  Result (*devices)(int* count);
  Result (*get_properties)(int device, PropertiesV9*);
  Result (*listen)(int device, void* handle, void** listen_comm);
  Result (*connect)(int device, void* handle, void** send_comm, DeviceHandle**);
  Result (*accept)(void* listen_comm, void** receive_comm, DeviceHandle**);
  Result (*reg_mr)(void* comm, void* data, std::size_t size, int type, void** registration);
  Result (*reg_mr_dma_buf)(void* comm, void* data, std::size_t size, int type, std::uint64_t offset, int fd,
                           void** registration);
  Result (*dereg_mr)(void* comm, void* registration);
  Result (*isend)(void* comm, void* data, std::size_t size, int tag, void* registration, void** request);
  Result (*irecv)(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** request);
  Result (*iflush)(void* comm, int n, void** data, int* sizes, void** registrations, void** request);
  Result (*test)(void* request, int* done, int* sizes);
  Result (*close_send)(void* comm);
  Result (*close_receive)(void* comm);
  Result (*close_listen)(void* comm);
  Result (*get_device_mr)(void* comm, void* registration, void** device_registration);
  Result (*irecv_consumed)(void* comm, int n, void* request);
  Result (*make_virtual_device)(int* device, VirtualDevice*);
};

/// v10 adds a traffic class and the profiler.
struct NetV10 {
  const char* name;
  Result (*init)(Logger, ProfilerCallback);
  Result (*devices)(int* count);
  Result (*get_properties)(int device, PropertiesV10*);
  Result (*listen)(int device, void* handle, void** listen_comm);
  Result (*connect)(int device, CommConfig*, void* handle, void** send_comm, DeviceHandle**);
  Result (*accept)(void* listen_comm, void** receive_comm, DeviceHandle**);
  Result (*reg_mr)(void* comm, void* data, std::size_t size, int type, void** registration);
  Result (*reg_mr_dma_buf)(void* comm, void* data, std::size_t size, int type, std::uint64_t offset, int fd,
                           void** registration);
  Result (*dereg_mr)(void* comm, void* registration);
  Result (*isend)(void* comm, void* data, std::size_t size, int tag, void* registration, void* event, void** request);
  Result (*irecv)(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** events,
                  void** request);
  Result (*iflush)(void* comm, int n, void** data, int* sizes, void** registrations, void** request);
  Result (*test)(void* request, int* done, int* sizes);
  Result (*close_send)(void* comm);
  Result (*close_receive)(void* comm);
  Result (*close_listen)(void* comm);
  Result (*get_device_mr)(void* comm, void* registration, void** device_registration);
  Result (*irecv_consumed)(void* comm, int n, void* request);
  Result (*make_virtual_device)(int* device, VirtualDevice*);
};

/// v11 adds a context a communicator, given up by finalize.
struct NetV11 {
  const char* name;
  Result (*init)(void** context, std::uint64_t comm_id, CommConfig*, Logger, ProfilerCallback);
  Result (*devices)(int* count);
  Result (*get_properties)(int device, PropertiesV11*);
  Result (*listen)(void* context, int device, void* handle, void** listen_comm);
  Result (*connect)(void* context, int device, void* handle, void** send_comm, DeviceHandle**);
  Result (*accept)(void* listen_comm, void** receive_comm, DeviceHandle**);
  Result (*reg_mr)(void* comm, void* data, std::size_t size, int type, void** registration);
  Result (*reg_mr_dma_buf)(void* comm, void* data, std::size_t size, int type, std::uint64_t offset, int fd,
                           void** registration);
  Result (*dereg_mr)(void* comm, void* registration);
  Result (*isend)(void* comm, void* data, std::size_t size, int tag, void* registration, void* event, void** request);
  Result (*irecv)(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** events,
                  void** request);
  Result (*iflush)(void* comm, int n, void** data, int* sizes, void** registrations, void** request);
  Result (*test)(void* request, int* done, int* sizes);
  Result (*close_send)(void* comm);
  Result (*close_receive)(void* comm);
  Result (*close_listen)(void* comm);
  Result (*get_device_mr)(void* comm, void* registration, void** device_registration);
  Result (*irecv_consumed)(void* comm, int n, void* request);
  Result (*make_virtual_device)(int* device, VirtualDevice*);
  Result (*finalize)(void* context);
  Result (*set_attributes)(void* context, NetAttributes*);
};

}  // namespace longhaul::net
