#pragma once
#include <string>
#include <vector>

#include "results/tables.hpp"

/// Where the fault lies, and what stands in the way: read off one file's tables, without a model of the library.
namespace longhaul {

/// What keeps a series from being faster at its largest size.
enum class Limiter {
  latency,  ///< hardly slower than the smallest size: distance, not bytes
  link,     ///< the busiest link between sites is at least four fifths full
  loss,     ///< links drop packets in half of the visits or more, and are not full: queue or loss
  member,   ///< a member of a link, which a flow keeps to, is busy at least half of the time, its link is not full
  window,   ///< rate × RTT stays the same over WAN settings: a window is full
  host,     ///< the rate is the same over WAN settings, and no link is full
  unknown,  ///< none of these can be told
};
/// "distance", "the link's rate", "queue or loss", "a member of the link, of which a flow has one", "a window over the
/// RTT", "the hosts", "not known".
std::string name_of(Limiter limiter);

struct Limit {
  PointRow point;  ///< the largest of its series under one WAN setting
  Limiter limiter = Limiter::unknown;
};
std::vector<Limit> limits(const Results& results);

/// A part that stands out from its like.
struct Outlier {
  enum class Part { host, nic, host_pair, site_pair, link, member } part = Part::site_pair;
  std::string name;  ///< "gpu-a03", "gpu-a03–gpu-b07", "west–east", "the link long (west–east)"
  std::string text;  ///< what is wrong with it: "its round trip is 30 ms longer than configured"
};

/// Links that explain why (slow_links.hpp), where the file has its topology, else pairs of sites, whose least measured
/// round trip exceeds the configured one by more than 5 ms, a fifth of it, and eight times what it is with another
/// pair; members of links that carry nothing and drop what comes, carry nothing though so many connections crossed the
/// link that chance would leave one member empty in 1,000 such files, carry three times what the others do where chance
/// would let that happen once in a million, or drop 1 % and ten times what the others of their link do; hosts, NICs and
/// pairs of hosts by pair_outliers.hpp; hosts that are late in collectives by late_hosts.hpp. The bounds are far beyond
/// what a busy machine does to an emulated link.
std::vector<Outlier> outliers(const Results& results);

}  // namespace longhaul
