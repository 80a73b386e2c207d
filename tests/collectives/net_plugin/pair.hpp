#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collectives/net_plugin/failure.hpp"
#include "collectives/net_plugin/loaded_plugin.hpp"
#include "collectives/net_plugin/socket.hpp"
#include "topologies/wan/control_segment.hpp"

namespace longhaul::net::test {

inline const std::string plugin_path = LONGHAUL_BINARY_DIR "/lib/longhaul/libnccl-net-longhaul.so";

/// An environment variable for as long as this object lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

inline constexpr auto kDeadline = std::chrono::seconds(20);

/// Asks again and again until it answers, as NCCL does.
template <class Question>
auto until(const Question& question) {
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    if (auto answer = question()) return answer;
    if (std::chrono::steady_clock::now() - begin > kDeadline) {
      ADD_FAILURE() << "no answer in time";
      return decltype(question()){};
    }
  }
}

/// A connection between two plugins of this process, or of one with itself.
struct Pair {
  explicit Pair(LoadedPlugin& both) : Pair(both, both) {}
  Pair(LoadedPlugin& sender, LoadedPlugin& receiver) : from(sender), to(receiver) {
    std::array<char, kHandleBytes> handle{};
    listening = to.listen(0, handle.data());
    until([&] {
      if (sending == nullptr) sending = from.connect(0, handle.data());
      if (receiving == nullptr) receiving = to.accept(listening);
      return sending != nullptr && receiving != nullptr;
    });
  }
  ~Pair() {
    if (sending != nullptr) from.common().close_send(sending);
    if (receiving != nullptr) to.common().close_receive(receiving);
    to.common().close_listen(listening);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  void* send(const void* data, std::size_t size, int tag = 0) const {
    void* request = nullptr;
    from.expect(from.isend(sending, const_cast<void*>(data), size, tag, nullptr, nullptr, &request), "isend");
    return request;
  }
  void* receive(void* data, std::size_t size, int tag = 0) const {
    void *request = nullptr, *registration = nullptr, *event = nullptr;
    to.expect(to.irecv(receiving, 1, &data, &size, &tag, &registration, &event, &request), "irecv");
    return request;
  }
  bool over(void* request, int* sizes = nullptr) const {
    int done = 0;
    from.expect(from.common().test(request, &done, sizes), "test");
    return done != 0;
  }
  void wait(void* request, int* sizes = nullptr) const {
    until([&] { return over(request, sizes); });
  }

  LoadedPlugin &from, &to;
  void *listening = nullptr, *sending = nullptr, *receiving = nullptr;
};

inline std::vector<std::byte> pattern(std::size_t size, unsigned seed = 1) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 131 + (i >> 8) * 7 + seed) & 0xff);
  return bytes;
}

inline std::string tag_of_test() {
  static std::atomic<int> count{0};
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

/// Two sites, each played by a plugin of its own: a second file is a second plugin to the loader.
class TwoSites {
 public:
  explicit TwoSites(const std::function<void(wan::ControlSegment&)>& set_up, int version = 0)
      : control(wan::MappedSegment::create(tag_of_test(), 2, false)),
        copy_(::testing::TempDir() + "libnccl-net-" + tag_of_test() + ".so") {
    set_up(*control);
    std::filesystem::copy_file(plugin_path, copy_, std::filesystem::copy_options::overwrite_existing);
    const Variable named("LONGHAUL_NET_CONTROL", control.path());
    here = load(plugin_path, "0", version);
    there = load(copy_, "1", version);
  }
  ~TwoSites() { std::filesystem::remove(copy_); }
  TwoSites(const TwoSites&) = delete;
  TwoSites& operator=(const TwoSites&) = delete;

  wan::MappedSegment control;
  std::unique_ptr<LoadedPlugin> here, there;

 private:
  static std::unique_ptr<LoadedPlugin> load(const std::string& path, const char* site, int version) {
    const Variable number("LONGHAUL_NET_SITE", site);
    return std::make_unique<LoadedPlugin>(path, version);
  }
  std::string copy_;
};

inline void set_delay(wan::ControlSegment& control, Time one_way) {
  control.way(0, 1).delay = one_way.count();
  control.way(1, 0).delay = one_way.count();
}

}  // namespace longhaul::net::test
