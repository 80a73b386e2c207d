#pragma once
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "collectives/net_plugin/receiver.hpp"

namespace longhaul::net {

/// Takes delayed messages off their sockets while the receivers' owners are busy elsewhere: one thread for the process,
/// there only as long as there is a delayed connection. Where an owner asks often enough it keeps away.
class Drain {
 public:
  Drain() = default;
  ~Drain();
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  void add(Receiver& receiver);
  /// Returns when the thread is done with it.
  void remove(Receiver& receiver);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Receiver*> receivers_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace longhaul::net
