#include "topologies/lab/signals.hpp"

#include <unistd.h>

namespace longhaul {
namespace {

constexpr int kSignals[] = {SIGCHLD, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalQueue::SignalQueue() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : kSignals) {
    if (signal == SIGHUP && is_ignored(signal)) continue;
    ::signal(signal, SIG_DFL);  // an ignored signal is never queued
    sigaddset(&wanted, signal);
  }
  checked(::sigprocmask(SIG_BLOCK, &wanted, &before_), "block signals");
  fd_ = Fd(checked(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "make a signal descriptor"));
}

SignalQueue::~SignalQueue() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

std::optional<signalfd_siginfo> SignalQueue::next() const {
  signalfd_siginfo info;
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info;
}

void reset_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : kSignals) sigaddset(&wanted, signal);
  ::sigprocmask(SIG_UNBLOCK, &wanted, nullptr);
}

}  // namespace longhaul
