#include "collectives/net_plugin/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace longhaul::net {
namespace {

constexpr int kUnknownSpeed = 10'000;

std::string pci_path_of(const std::string& name) {
  const std::unique_ptr<char, void (*)(void*)> path(::realpath(("/sys/class/net/" + name + "/device").c_str(), nullptr),
                                                    &std::free);
  return path ? path.get() : "";
}

int speed_of(const std::string& name) {
  int speed = 0;
  std::ifstream("/sys/class/net/" + name + "/speed") >> speed;
  return speed > 0 ? speed : kUnknownSpeed;
}

bool is_usable(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_UP) == 0) return false;
  return entry.ifa_addr->sa_family == AF_INET || entry.ifa_addr->sa_family == AF_INET6;
}

bool is_last_resort(const ifaddrs& entry) {
  return (entry.ifa_flags & IFF_LOOPBACK) != 0 || std::strncmp(entry.ifa_name, "docker", 6) == 0;
}

Interface interface_of(const ifaddrs& entry) {
  Interface found{entry.ifa_name, pci_path_of(entry.ifa_name), speed_of(entry.ifa_name), {}};
  const auto length = entry.ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::memcpy(&found.address, entry.ifa_addr, length);
  return found;
}

}  // namespace

bool is_chosen(const std::string& name, const std::string& choice) {
  if (choice.empty()) return true;
  const bool excludes = choice.front() == '^';
  const bool exact = choice.front() == '=' || choice.starts_with("^=");
  std::istringstream words(choice.substr((excludes ? 1U : 0U) + (exact ? 1U : 0U)));
  bool named = false;
  for (std::string word; std::getline(words, word, ',');)
    named = named || (exact ? name == word : !word.empty() && name.starts_with(word));
  return named != excludes;
}

std::vector<Interface> find_interfaces(const std::string& choice) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, &::freeifaddrs);
  std::vector<Interface> found, last_resort;
  const auto add_to = [](std::vector<Interface>& interfaces, const ifaddrs& entry) {
    if (std::ranges::none_of(interfaces, [&](const Interface& known) { return known.name == entry.ifa_name; }))
      interfaces.push_back(interface_of(entry));
  };
  for (const int family : {AF_INET, AF_INET6})
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
      if (!is_usable(*entry) || entry->ifa_addr->sa_family != family || !is_chosen(entry->ifa_name, choice)) continue;
      add_to(is_last_resort(*entry) && choice.empty() ? last_resort : found, *entry);
    }
  return found.empty() ? last_resort : found;
}

}  // namespace longhaul::net
