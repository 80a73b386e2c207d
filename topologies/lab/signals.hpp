#pragma once
#include <sys/signalfd.h>

#include <csignal>
#include <optional>

#include "topologies/lab/fd.hpp"

namespace longhaul {

/// Takes the signals that matter to a lab out of a descriptor instead of handlers; gives the old mask back at the end.
class SignalQueue {
 public:
  /// SIGHUP stays ignored where the caller was told to ignore it (nohup).
  SignalQueue();
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  int fd() const { return fd_.get(); }
  /// The next signal, if one is there.
  std::optional<signalfd_siginfo> next() const;

 private:
  sigset_t before_;
  Fd fd_;
};

/// For a program that is about to be run: no signal blocked, none of ours ignored.
void reset_signals();

}  // namespace longhaul
