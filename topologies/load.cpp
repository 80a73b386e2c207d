#include "topologies/load.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <unordered_map>

#include "topologies/error.hpp"
#include "topologies/host_pattern.hpp"
#include "topologies/nearest.hpp"
#include "topologies/share.hpp"
#include "topologies/text.hpp"
#include "topologies/text_file.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kMostSites = 64;
constexpr std::size_t kMostLinks = 1024;
constexpr int kMostMembers = 4096;
constexpr Kilometres kLongestLink{100'000};  // two and a half times around the Earth
constexpr Duration kLongestTime = std::chrono::seconds(60);

/// Names end up in host names, file names and WAN settings: "a-b=10ms/b-c=5ms".
std::string read_name(const YamlNode& node) {
  constexpr std::size_t longest = 63;  // a DNS label
  const auto name = node.text();
  const auto allowed = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) || letter == '-' || letter == '.' || letter == '_';
  };
  const bool good = std::isalnum(static_cast<unsigned char>(name.front())) && name.size() <= longest &&
                    std::all_of(name.begin(), name.end(), allowed);
  if (!good)
    node.fail("bad name in '{}'; expected at most {} letters, digits, '-', '.' and '_', the first a letter or digit",
              node.quoted(), longest);
  return name;
}

/// Free text for people, which goes to terminals and into reports.
std::string read_line(const YamlNode& node) {
  const auto text = node.text();
  if (one_line(text) != text) node.fail("control characters in '{}'; expected one line of text", node.quoted());
  return text;
}

Duration read_time(const YamlNode& node) {
  const auto time = node.duration();
  if (time > kLongestTime) node.fail("'{}' is longer than {}", node.quoted(), format_duration(kLongestTime));
  return time;
}

BytesPerSecond read_rate(const YamlNode& node) {
  const auto rate = node.rate();
  if (rate.value <= 0) node.fail("'{}' is no rate; expected more than 0", node.quoted());
  return rate;
}

Kilometres read_length(const YamlNode& node) {
  const auto length = node.length();
  if (length > kLongestLink) node.fail("'{}' is longer than {}", node.quoted(), format_length(kLongestLink));
  return length;
}

Share read_loss(const YamlNode& node) {
  const auto loss = node.share();
  if (loss.value >= 1) node.fail("'{}' loses everything; expected less than 100 %", node.quoted());
  return loss;
}

/// "8 x 800 Gbit/s", "8 × 800 Gbit/s"
Members read_members(const YamlNode& node) {
  constexpr std::string_view times_sign = "×";
  auto text = node.text();
  if (const auto sign = text.find(times_sign); sign != std::string::npos) {
    text.erase(sign, times_sign.size() - 1);
    text[sign] = 'x';
  }
  const auto parts = split(text, 'x');
  int count = 0;
  const auto* const count_end = parts[0].data() + parts[0].size();
  const auto [end, fault] = std::from_chars(parts[0].data(), count_end, count);
  if (parts.size() != 2 || fault != std::errc{} || end != count_end)
    node.fail("bad value in '{}'; expected COUNT x RATE, such as 8 x 800 Gbit/s", node.quoted());
  if (count < 1 || count > kMostMembers)
    node.fail("'{}' has {} members; expected 1 to {}", node.quoted(), count, kMostMembers);
  const auto rate = node.located([&] { return parse_rate(parts[1], node.quoted()); });
  if (rate.value <= 0) node.fail("'{}' is no rate; expected more than 0", node.quoted());
  return {count, rate};
}

Fabric read_fabric(const YamlNode& node) {
  node.expect_keys({"technology", "host_rate"});
  return {.technology = node.get("technology", std::string{}, read_line), .host_rate = read_rate(node.at("host_rate"))};
}

std::vector<std::string> read_hosts(const YamlNode& node) {
  std::vector<std::string> hosts;
  const auto append = [&](const YamlNode& item) {
    const auto names = item.located([pattern = item.text()] { return expand_hosts(pattern); });
    hosts.insert(hosts.end(), names.begin(), names.end());
    if (hosts.size() > kMostHosts) item.fail("more than {} hosts", kMostHosts);
  };
  if (node.is_list())
    for (const auto& item : node.items()) append(item);
  else
    append(node);
  if (hosts.empty()) node.fail("no hosts; expected names or patterns such as gpu-a[001-128]");
  return hosts;
}

Site read_site(const YamlNode& node) {
  node.expect_keys({"name", "hosts", "gpus_per_host", "fabric"});
  const auto gpus = [](const YamlNode& count) { return count.integer(1, 1024); };
  return {.name = read_name(node.at("name")),
          .hosts = read_hosts(node.at("hosts")),
          .gpus_per_host = node.get("gpus_per_host", 1, gpus),
          .fabric = read_fabric(node.at("fabric"))};
}

std::size_t read_end(const YamlNode& node, const Topology& topology) {
  return node.located([&, name = node.text()] { return site_named(topology, name); });
}

void read_ends(const YamlNode& node, const Topology& topology, Link& link) {
  const auto ends = node.items();
  if (ends.size() != 2) node.fail("'between' names {} sites; expected two, such as [a, b]", ends.size());
  link.a = read_end(ends[0], topology);
  link.b = read_end(ends[1], topology);
  if (link.a == link.b) ends[1].fail("the link joins site '{}' to itself; expected two sites", ends[1].text());
}

/// Either what the delay follows from, or the delay.
void read_delay(const YamlNode& node, Link& link) {
  if (const auto rtt = node.find("rtt")) {
    for (const auto* key : {"medium", "length", "equipment_latency"})
      if (const auto other = node.find(key))
        other->fail("'{}' beside 'rtt'; expected either rtt, or medium, length and equipment_latency", key);
    link.plain_rtt = read_time(*rtt);
    return;
  }
  if (!node.has("medium") && !node.has("length"))
    node.fail("the link has no delay; expected medium and length, or rtt");
  const auto medium = node.at("medium").choice({"smf", "hollow_core"});
  link.medium = medium == "smf" ? Medium::smf : Medium::hollow_core;
  link.length = read_length(node.at("length"));
  link.equipment_latency = node.get("equipment_latency", Duration{}, read_time);
}

Link read_link(const YamlNode& node, const Topology& topology) {
  node.expect_keys(
      {"name", "between", "medium", "length", "equipment_latency", "rtt", "members", "hash", "jitter", "loss"});
  Link link;
  read_ends(node.at("between"), topology, link);
  link.name = node.get("name", default_name(topology, link.a, link.b), read_name);
  read_delay(node, link);
  link.members = read_members(node.at("members"));
  if (const auto hash = node.find("hash"))
    link.hash = hash->choice({"same", "independent"}) == "same" ? MemberHash::same : MemberHash::independent;
  link.jitter = node.get("jitter", Duration{}, read_time);
  link.loss = node.get("loss", Share{}, read_loss);
  return link;
}

void read_sites(const YamlNode& node, Topology& topology) {
  std::unordered_map<std::string, std::size_t> site_of_host;
  for (const auto& item : node.items()) {
    if (topology.sites.size() == kMostSites) item.fail("more than {} sites", kMostSites);
    auto site = read_site(item);
    for (const auto& other : topology.sites)
      if (other.name == site.name) item.at("name").fail("duplicate site '{}'; expected a name of its own", site.name);
    for (const auto& host : site.hosts) {
      const auto [known, is_new] = site_of_host.emplace(host, topology.sites.size());
      if (is_new) continue;
      const bool same = known->second == topology.sites.size();
      item.at("hosts").fail("duplicate host '{}'; site '{}' has it already", host,
                            same ? site.name : topology.sites[known->second].name);
    }
    if (site_of_host.size() > kMostHosts) item.at("hosts").fail("more than {} hosts in all", kMostHosts);
    topology.sites.push_back(std::move(site));
  }
  if (topology.sites.empty()) node.fail("no sites; expected at least one");
}

void read_links(const YamlNode& node, Topology& topology) {
  for (const auto& item : node.items()) {
    if (topology.links.size() == kMostLinks) item.fail("more than {} links", kMostLinks);
    auto link = read_link(item, topology);
    for (const auto& other : topology.links)
      if (other.name == link.name)
        item.fail("duplicate link '{}'; expected a 'name' of its own for each of parallel links", link.name);
    topology.links.push_back(std::move(link));
  }
}

void require_connected(const Topology& topology, const YamlNode& sites) {
  std::vector<bool> reached(topology.sites.size(), false);
  reached[0] = true;
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& link : topology.links) {
      if (reached[link.a] == reached[link.b]) continue;
      reached[link.a] = reached[link.b] = grew = true;
    }
  }
  for (std::size_t i = 0; i < reached.size(); ++i)
    if (!reached[i])
      sites.items()[i].fail("site '{}' is not connected to '{}'; expected links that join all sites",
                            topology.sites[i].name, topology.sites[0].name);
}

bool looks_like_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

}  // namespace

Topology parse_topology(std::string_view text, const std::string& source) {
  const auto root = YamlNode::parse(text, source);
  root.expect_keys({"name", "title", "sites", "links"});
  Topology topology;
  topology.name = read_name(root.at("name"));
  topology.title = root.get("title", std::string{}, read_line);
  topology.source = source;
  topology.text = text;
  read_sites(root.at("sites"), topology);
  if (const auto links = root.find("links")) read_links(*links, topology);
  require_connected(topology, root.at("sites"));
  return topology;
}

std::vector<std::string> catalogue_names() {
  std::error_code fault;
  std::vector<std::string> names;
  const auto folder = share_folder() / "catalogue";
  for (const auto& entry : std::filesystem::directory_iterator(folder, fault))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  if (fault)
    throw EnvironmentError("cannot read the catalogue {}: {}; install the program with its share folder",
                           folder.string(), fault.message());
  std::sort(names.begin(), names.end());
  return names;
}

Topology load_topology(const std::string& name_or_path) {
  const auto load_file = [](const std::string& path) {
    return parse_topology(read_text_file(path, kLargestYaml), path);
  };
  if (looks_like_path(name_or_path)) return load_file(name_or_path);
  const auto names = catalogue_names();
  if (std::find(names.begin(), names.end(), name_or_path) != names.end())
    return load_file((share_folder() / "catalogue" / (name_or_path + ".yaml")).string());
  if (std::filesystem::is_regular_file(name_or_path)) return load_file(name_or_path);
  throw UsageError("unknown topology '{}'; {}expected the path of a file or one of {}", name_or_path,
                   did_you_mean(name_or_path, names), fmt::join(names, ", "));
}

}  // namespace longhaul
