#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "topologies/wan/clock.hpp"
#include "topologies/wan/delay_line.hpp"
#include "topologies/wan/jitter.hpp"
#include "topologies/wan/loss.hpp"
#include "topologies/wan/packet.hpp"
#include "topologies/wan/serialiser.hpp"

namespace longhaul::wan {

/// One direction of a link: parallel members of the same rate, each with its own queue.
struct DirectedLink {
  int members = 1;
  Rate member_rate;
  std::uint64_t queue_limit = 0;  ///< bytes a member; 0: without limit
  bool own_hash = false;          ///< flows choose its member by other bits of their hash than on other links
};

/// A link on the way, and the time that light needs behind it before the next link or the destination.
struct Hop {
  std::size_t link = 0;
  Duration delay{};
};

/// What a pair of sites feels on top of its links' delays.
struct Weather {
  Duration jitter{};  ///< at most, one way
  double loss = 0;    ///< share of wire packets
};

/// What travels: the caller's own handle, what the wire carries for it, and the flow it belongs to.
struct Parcel {
  std::uint64_t handle = 0;
  Wire wire;
  std::uint64_t flow = 0;  ///< flow_hash; chooses the member of each link
};

/// A parcel at the end of its way, or lost on a later link.
struct Arrival {
  Parcel parcel;
  std::size_t to = 0;  ///< destination site
  Time due{};          ///< when it should have arrived
  bool lost = false;   ///< a queue on the way was full, or a link was cut
};

/// One member since the last reset.
struct MemberCounters {
  std::uint64_t bytes = 0;      ///< that reached the other end
  std::uint64_t packets = 0;    ///< wire packets that reached the other end
  std::uint64_t drops = 0;      ///< wire packets that found the queue full, or were lost by chance or by a cut
  std::uint64_t queue_max = 0;  ///< bytes that waited at worst
};

/// Sites joined by links: parcels queue at each link of their route, are serialised, travel, and arrive.
///
/// Parcels of one flow between two sites take the same members and arrive in the order in which they were sent, also
/// when delays change meanwhile; only a new route can let them overtake those under way on the old one, as it does in
/// reality. Times inside are exact; a caller who is late adds nothing to later parcels' times.
class Network {
 public:
  /// @param seed  of all that happens by chance
  Network(std::size_t sites, const std::vector<DirectedLink>& links, std::uint64_t seed = 1);

  /// The way from one site to another, for parcels sent from now on; those under way finish the way they began.
  void set_route(std::size_t from, std::size_t to, std::vector<Hop> hops, const Weather& weather = {});

  /// Rate and queue of a link, from now on and for what is queued there, too; the number of members stays.
  void set_link(std::size_t link, Rate member_rate, std::uint64_t queue_limit);

  /// A link that is down loses what reaches it, and going down loses what is under way on it.
  void set_down(std::size_t link, bool down);

  /// Chance starts anew from a seed.
  void reseed(std::uint64_t seed);

  /// How many of the next `packets` wire packets between two sites get through before chance takes one, which is
  /// counted as a drop; all: `packets`. To be asked before they are sent, and again for what follows a lost one.
  std::uint64_t lost_before(std::size_t from, std::size_t to, std::uint64_t flow, std::uint64_t packets);
  /// Flows that would take this member take the next one that lives, as link aggregation does. One has to live.
  void kill_member(std::size_t link, int member);

  /// @param now  never before an earlier call's
  /// @return false where the first queue has no room, the first link is down or there is no route: the parcel is lost
  bool send(Time now, std::size_t from, std::size_t to, const Parcel& parcel);

  /// A parcel that the caller had to drop before the first queue; counted there.
  void lose(std::size_t from, std::size_t to, const Parcel& parcel);

  /// Moves everything on that is due by `now`, and takes out the first that arrives or is lost. To be called until it
  /// gives nothing.
  std::optional<Arrival> next(Time now);

  /// When next() will have something to do; nothing while all is quiet.
  std::optional<Time> next_due() const;

  std::size_t in_flight() const { return in_flight_; }
  std::size_t links() const { return links_.size(); }
  int members(std::size_t link) const { return static_cast<int>(links_[link].members.size()); }
  Rate member_rate(std::size_t link) const { return links_[link].members.front().port.rate(); }
  const MemberCounters& counters(std::size_t link, int member) const { return links_[link].members[member].counters; }
  void reset_counters();

 private:
  struct Member {
    Serialiser port;
    MemberCounters counters;
    bool dead = false;
  };
  struct Link {
    std::vector<Member> members;
    bool own_hash = false;
    bool down = false;
    std::uint32_t cuts = 0;  ///< so far; a parcel that entered before the last one is lost
  };
  /// Under way: the parcel, how often its link had been cut when it entered, and when its last bit leaves the queue.
  struct Passenger {
    Parcel parcel;
    std::uint32_t cuts;
    Time finish;
  };
  /// The parcels of one way behind one member of one hop: they share a delay, so they form one line.
  struct Line {
    std::size_t way, hop;
    int member;
    DelayLine<Passenger> passengers;
  };
  /// One way that a pair of sites takes or took; kept, as few are ever taken.
  struct Way {
    std::size_t from, to;
    std::vector<Hop> hops;
    std::vector<std::size_t> first_line;  ///< index of the line of member 0 behind each hop
    Jitter jitter;
  };
  struct Route {
    std::size_t way = kNoWay;
    Loss loss;
  };
  /// A line that holds something, by the time of its first parcel; ties by age, so that order is defined.
  struct Wakeup {
    Time due;
    std::uint64_t age;
    std::size_t line;
    bool operator>(const Wakeup& other) const { return due != other.due ? due > other.due : age > other.age; }
  };
  static constexpr std::size_t kNoWay = ~std::size_t{0};

  Route& route(std::size_t from, std::size_t to) { return routes_[from * sites_ + to]; }
  std::size_t way_over(std::size_t from, std::size_t to, const std::vector<Hop>& hops);
  Member& first_member(const Way& way, std::uint64_t flow);
  bool enter(Time now, std::size_t way, std::size_t hop, const Parcel& parcel);
  std::size_t living_member(std::size_t link, std::uint64_t flow) const;
  void requeue(std::size_t link, Rate old_rate, Rate new_rate);

  std::size_t sites_;
  std::uint64_t seed_;
  std::vector<Link> links_;
  std::vector<Route> routes_;
  std::vector<Way> ways_;
  std::vector<Line> lines_;
  std::priority_queue<Wakeup, std::vector<Wakeup>, std::greater<>> wakeups_;
  std::uint64_t next_age_ = 0;
  Time now_{};  ///< the latest that a caller told
  std::size_t in_flight_ = 0;
};

}  // namespace longhaul::wan
