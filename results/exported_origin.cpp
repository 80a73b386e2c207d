#include "results/exported_origin.hpp"

#include <algorithm>

#include "topologies/text.hpp"

namespace longhaul {
namespace {

void add_flag(std::string& flags, const std::string& flag) {
  const auto known = split(flags, ',');
  if (!flag.empty() && std::ranges::count(known, flag) == 0) flags += (flags.empty() ? "" : ",") + flag;
}

ExportedOrigin origin_of(const LaunchRow& launch) {
  ExportedOrigin origin{launch.scale, launch.wan_engine.empty() ? "none" : launch.wan_engine, launch.flags};
  if (launch.library.starts_with("plugin TCP")) origin.wan_engine = "plugin";  // its own transport, engine or not
  return origin;
}

}  // namespace

void ExportedOrigin::add(const ExportedOrigin& more) {
  if (scale != uncapped_scale) scale = more.scale == uncapped_scale ? uncapped_scale : std::max(scale, more.scale);
  // The plugin's first: a lab's rates tell of the lab as well.
  if (wan_engine == "none" || more.wan_engine == "plugin") wan_engine = more.wan_engine;
  for (const auto& flag : split(more.flags, ',')) add_flag(flags, flag);
}

ExportedOrigin exported_origin(const Results& results) {
  ExportedOrigin origin;
  for (const auto& launch : results.launches) origin.add(origin_of(launch));
  origin.flags = one_line(origin.flags);
  return origin;
}

void add_origin(LaunchRow& launch, const ExportedOrigin& origin) {
  auto all = origin_of(launch);
  all.add(origin);
  launch.scale = all.scale;
  launch.wan_engine = all.wan_engine;
  launch.flags = all.flags;
}

}  // namespace longhaul
