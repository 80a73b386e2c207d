#pragma once
#include <memory>
#include <string>
#include <vector>

#include "collectives/net_plugin/abi.hpp"

namespace longhaul::net {

/// One of NCCL's communicators as a plugin knows it: how its traffic is to be marked, and from version 11 on the
/// plugin's own context for it.
struct CommContext {
  CommConfig config{-1};
  void* context = nullptr;
};

/// A network plugin as NCCL loads it: dlopen, then the newest version of the interface that it has, 11 to 8. Whatever
/// the version, it is spoken to as version 11 is.
///
/// Calls that fail throw a Failure with the plugin's name, the function and the last words that it logged. The
/// functions that NCCL calls all the time return their codes instead.
class LoadedPlugin {
 public:
  /// @param path     a file, or what NCCL_PLUGIN names otherwise: NAME for libnccl-net-NAME.so in the loader's folders
  /// @param version  0: the newest there is
  explicit LoadedPlugin(const std::string& path, int version = 0);
  ~LoadedPlugin();
  LoadedPlugin(const LoadedPlugin&) = delete;
  LoadedPlugin& operator=(const LoadedPlugin&) = delete;

  const std::string& name() const { return name_; }
  int version() const { return version_; }
  int devices();
  PropertiesV11 properties(int device);
  /// For a communicator of its own; to be closed.
  CommContext open(std::uint64_t communicator, const CommConfig& config);
  void close(const CommContext& communicator) const;
  /// Hints from version 11 on; older plugins take none.
  Result set_attributes(const CommContext& communicator, NetAttributes* attributes) const;
  /// @param communicator  null: the one that every plugin has from the beginning
  void* listen(int device, void* handle, const CommContext* communicator = nullptr);
  /// Null: ask again.
  void* connect(int device, void* handle, DeviceHandle** offload = nullptr, const CommContext* communicator = nullptr);
  void* accept(void* listen_comm, DeviceHandle** offload = nullptr);
  void* reg_mr(void* comm, void* data, std::size_t size, int type = kHostPointers);
  Result isend(void* comm, void* data, std::size_t size, int tag, void* registration, void* event, void** request);
  Result irecv(void* comm, int n, void** data, std::size_t* sizes, int* tags, void** registrations, void** events,
               void** request);

  /// Functions that are the same in all versions; null where the plugin has none.
  struct Common {
    decltype(NetV11::reg_mr) reg_mr;
    decltype(NetV11::reg_mr_dma_buf) reg_mr_dma_buf;
    decltype(NetV11::dereg_mr) dereg_mr;
    decltype(NetV11::iflush) iflush;
    decltype(NetV11::test) test;
    decltype(NetV11::close_send) close_send;
    decltype(NetV11::close_receive) close_receive;
    decltype(NetV11::close_listen) close_listen;
    decltype(NetV11::get_device_mr) get_device_mr;
    decltype(NetV11::irecv_consumed) irecv_consumed;
    decltype(NetV11::make_virtual_device) make_virtual_device;
  };
  const Common& common() const { return common_; }

  /// @throws Failure unless success
  void expect(Result result, const char* function) const;

 private:
  void take(const void* symbol);
  void init();

  void* library_ = nullptr;
  std::string path_, name_;
  int version_ = 0;
  const NetV8* v8_ = nullptr;
  const NetV9* v9_ = nullptr;
  const NetV10* v10_ = nullptr;
  const NetV11* v11_ = nullptr;
  Common common_{};
  CommContext first_;
};

/// "system error", "remote error", …
std::string text_of(Result result);

}  // namespace longhaul::net
