#include "harness/watch/stack.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <thread>

namespace longhaul {
namespace {

constexpr int kMostFrames = 48;
constexpr int kHandlersOwnFrames = 2;  // the handler, and the frame by which the kernel called it
constexpr auto kWalkPatience = std::chrono::milliseconds(500);

std::array<void*, kMostFrames> frames;
std::atomic<int> frame_count{0};

int stack_signal() { return SIGRTMIN + 3; }

void take(int) {
  const int saved = errno;
  frame_count.store(backtrace(frames.data(), kMostFrames), std::memory_order_release);
  errno = saved;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 ? text.get() : name;
}

std::string line_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return fmt::format("{}", address);
  const std::string file = info.dli_fname;
  const auto name = file.substr(file.rfind('/') + 1);
  const auto distance = [&](const void* from) {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(from);
  };
  if (info.dli_sname == nullptr) return fmt::format("{} +{:#x}", name, distance(info.dli_fbase));
  return fmt::format("{} {} +{:#x}", name, demangled(info.dli_sname), distance(info.dli_saddr));
}

}  // namespace

void prepare_stacks() {
  void* first[1];
  backtrace(first, 1);  // loads the unwinder now: in a signal handler it must not
  struct sigaction action {};
  action.sa_handler = take;
  action.sa_flags = SA_RESTART;
  sigaction(stack_signal(), &action, nullptr);
}

std::string stack_of(pthread_t thread) {
  frame_count.store(0, std::memory_order_release);
  pthread_kill(thread, stack_signal());
  const auto end = std::chrono::steady_clock::now() + kWalkPatience;
  while (frame_count.load(std::memory_order_acquire) == 0) {
    if (std::chrono::steady_clock::now() > end) return "the thread does not answer\n";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::string text;
  for (int frame = kHandlersOwnFrames; frame < frame_count.load(); ++frame) text += line_of(frames[frame]) + "\n";
  return text;
}

}  // namespace longhaul
