#include "topologies/lab/fabric_json.hpp"

namespace longhaul {
namespace {

using Json = nlohmann::json;

Duration nanoseconds(const Json& json) { return Duration(json.get<Duration::rep>()); }

Json to_json(const Site& site) {
  return {{"name", site.name},
          {"hosts", site.hosts},
          {"gpus_per_host", site.gpus_per_host},
          {"technology", site.fabric.technology},
          {"host_rate", site.fabric.host_rate.value}};
}

Site site_from(const Json& json) {
  return {json.at("name"),
          json.at("hosts"),
          json.at("gpus_per_host"),
          {json.at("technology"), BytesPerSecond{json.at("host_rate").get<double>()}}};
}

Json to_json(const Link& link) {
  return {{"name", link.name},
          {"a", link.a},
          {"b", link.b},
          {"medium", static_cast<int>(link.medium)},
          {"length", link.length.value},
          {"equipment_latency", link.equipment_latency.count()},
          {"plain_rtt", link.plain_rtt ? Json(link.plain_rtt->count()) : Json()},
          {"members", link.members.count},
          {"member_rate", link.members.rate.value},
          {"jitter", link.jitter.count()},
          {"loss", link.loss.value}};
}

Link link_from(const Json& json) {
  Link link;
  link.name = json.at("name");
  link.a = json.at("a");
  link.b = json.at("b");
  link.medium = static_cast<Medium>(json.at("medium").get<int>());
  link.length = {json.at("length").get<double>()};
  link.equipment_latency = nanoseconds(json.at("equipment_latency"));
  if (!json.at("plain_rtt").is_null()) link.plain_rtt = nanoseconds(json.at("plain_rtt"));
  link.members = {json.at("members"), BytesPerSecond{json.at("member_rate").get<double>()}};
  link.jitter = nanoseconds(json.at("jitter"));
  link.loss = {json.at("loss").get<double>()};
  return link;
}

Json to_json(const Topology& topology) {
  Json sites = Json::array(), links = Json::array();
  for (const auto& site : topology.sites) sites.push_back(to_json(site));
  for (const auto& link : topology.links) links.push_back(to_json(link));
  return {{"name", topology.name}, {"title", topology.title},   {"sites", sites},
          {"links", links},        {"source", topology.source}, {"text", topology.text}};
}

Topology topology_from(const Json& json) {
  Topology topology;
  topology.name = json.at("name");
  topology.title = json.at("title");
  for (const auto& site : json.at("sites")) topology.sites.push_back(site_from(site));
  for (const auto& link : json.at("links")) topology.links.push_back(link_from(link));
  topology.source = json.at("source");
  topology.text = json.at("text");
  return topology;
}

}  // namespace

Json fabric_to_json(const LabFabric& fabric) {
  Json hosts = Json::array();
  for (const auto& host : fabric.hosts)
    hosts.push_back({{"name", host.name}, {"site", host.site}, {"address", host.address}, {"slots", host.slots}});
  return {{"id", fabric.id},
          {"folder", fabric.folder.string()},
          {"topology", to_json(fabric.topology)},
          {"hosts", hosts},
          {"interface", fabric.interface},
          {"scale", fabric.scale},
          {"uncapped", fabric.uncapped},
          {"congestion_control", fabric.congestion_control},
          {"faults", fabric.faults.text},
          {"gateway", fabric.gateway}};
}

LabFabric fabric_from_json(const Json& json) {
  LabFabric fabric;
  fabric.id = json.at("id");
  fabric.folder = json.at("folder").get<std::string>();
  fabric.topology = topology_from(json.at("topology"));
  for (const auto& host : json.at("hosts"))
    fabric.hosts.push_back({host.at("name"), host.at("site"), host.at("address"), host.at("slots")});
  fabric.interface = json.at("interface");
  fabric.scale = json.at("scale");
  fabric.uncapped = json.at("uncapped");
  fabric.congestion_control = json.at("congestion_control");
  fabric.faults.text = json.at("faults");
  fabric.gateway = json.at("gateway");
  return fabric;
}

}  // namespace longhaul
