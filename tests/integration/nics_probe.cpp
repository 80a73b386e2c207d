// The network plugin over all its devices: a message on each, from one process to another. What NCCL_SOCKET_IFNAME
// names is used.
//   nics_probe list            names of the devices, a line each
//   nics_probe serve BYTES     listens on each device, prints the handles, receives BYTES on each connection
//   nics_probe send BYTES      reads the handles, connects to each from the device of the same number, sends BYTES
#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "collectives/net_plugin/failure.hpp"
#include "collectives/net_plugin/loaded_plugin.hpp"

namespace {

using namespace longhaul::net;
using Handle = std::array<unsigned char, kHandleBytes>;

std::string text_of(const Handle& handle) {
  std::string text;
  for (const auto byte : handle) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", byte);
    text += two.data();
  }
  return text;
}

Handle handle_from(const std::string& text) {
  Handle handle{};
  for (std::size_t i = 0; i < handle.size(); ++i)
    handle[i] = static_cast<unsigned char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return handle;
}

/// Asks until there is an answer, 20 s at most.
template <class Question>
auto until(const Question& question) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    if (const auto answer = question()) return answer;
    if (std::chrono::steady_clock::now() > end) throw Failure{system_error, "no answer in time"};
  }
}

void wait(LoadedPlugin& plugin, void* request) {
  until([&] {
    int done = 0;
    plugin.expect(plugin.common().test(request, &done, nullptr), "test");
    return done != 0;
  });
}

void serve(LoadedPlugin& plugin, std::size_t bytes) {
  std::vector<void*> listeners;
  for (int device = 0; device < plugin.devices(); ++device) {
    Handle handle{};
    listeners.push_back(plugin.listen(device, handle.data()));
    std::cout << text_of(handle) << '\n' << std::flush;
  }
  std::vector<char> into(bytes);
  for (void* const listener : listeners) {
    void* const comm = until([&] { return plugin.accept(listener); });
    void *data = into.data(), *registration = nullptr, *event = nullptr;
    int tag = 0;
    void* const request = until([&] {
      void* made = nullptr;
      plugin.expect(plugin.irecv(comm, 1, &data, &bytes, &tag, &registration, &event, &made), "irecv");
      return made;
    });
    wait(plugin, request);
    plugin.common().close_receive(comm);
    plugin.common().close_listen(listener);
  }
  std::cout << "received\n" << std::flush;
}

void send(LoadedPlugin& plugin, std::size_t bytes) {
  std::vector<char> from(bytes, 'x');
  std::string line;
  for (int device = 0; device < plugin.devices() && std::getline(std::cin, line); ++device) {
    auto handle = handle_from(line);
    void* const comm = until([&] { return plugin.connect(device, handle.data()); });
    void* const request = until([&] {
      void* made = nullptr;
      plugin.expect(plugin.isend(comm, from.data(), bytes, 0, nullptr, nullptr, &made), "isend");
      return made;
    });
    wait(plugin, request);
    plugin.common().close_send(comm);
  }
}

}  // namespace

int main(int, char** arguments) try {
  LoadedPlugin plugin(LONGHAUL_PLUGIN);
  const std::string verb = arguments[1];
  if (verb == "list")
    for (int device = 0; device < plugin.devices(); ++device) std::cout << plugin.properties(device).name << '\n';
  else if (verb == "serve")
    serve(plugin, std::stoull(arguments[2]));
  else
    send(plugin, std::stoull(arguments[2]));
  return 0;
} catch (const longhaul::net::Failure& failure) {
  std::cerr << failure.text << '\n';
  return 1;
}
