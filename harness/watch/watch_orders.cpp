#include "harness/watch/watch_orders.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace longhaul {
std::string line_of(const WatchOrders& orders) {
  nlohmann::json hosts = nlohmann::json::array();
  for (const auto& host : orders.hosts) {
    auto addresses = nlohmann::json::array();
    for (const auto& address : host.addresses) addresses.push_back({address.host, address.port});
    hosts.push_back({{"name", host.name}, {"site", host.site}, {"ranks", host.ranks}, {"addresses", addresses}});
  }
  return nlohmann::json{{"token", orders.token},
                        {"own", orders.own},
                        {"hosts", hosts},
                        {"deadline_ns", orders.deadline.count()},
                        {"file", orders.file},
                        {"account", orders.account},
                        {"ask_nccl", orders.ask_nccl}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

WatchOrders watch_orders_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line);
  WatchOrders orders{
      json.at("token"),   json.at("own"),     {}, Duration(json.at("deadline_ns").get<std::int64_t>()), json.at("file"),
      json.at("account"), json.at("ask_nccl")};
  for (const auto& each : json.at("hosts")) {
    WatchOrders::Host host{each.at("name"), each.at("site"), each.at("ranks"), {}};
    for (const auto& address : each.at("addresses")) host.addresses.push_back({address.at(0), address.at(1)});
    orders.hosts.push_back(std::move(host));
  }
  return orders;
}

std::string stand_ins_account(const std::string& account, const std::string& host) {
  const auto ending = account.rfind(".json");
  return fmt::format("{}.{}.json", account.substr(0, ending), host);
}

}  // namespace longhaul
