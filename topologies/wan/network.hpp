#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "topologies/wan/clock.hpp"
#include "topologies/wan/delay_line.hpp"
#include "topologies/wan/packet.hpp"
#include "topologies/wan/serialiser.hpp"

namespace longhaul::wan {

/// One direction of a link: parallel members of the same rate, each with its own queue.
struct DirectedLink {
  int members = 1;
  Rate member_rate;
  std::uint64_t queue_limit = 0;  ///< bytes a member; 0: without limit
};

/// A link on the way, and the time that light needs behind it before the next link or the destination.
struct Hop {
  std::size_t link = 0;
  Duration delay{};
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
  bool lost = false;   ///< a queue on the way was full
};

/// One member since the last reset.
struct MemberCounters {
  std::uint64_t bytes = 0;      ///< that reached the other end
  std::uint64_t packets = 0;    ///< wire packets that reached the other end
  std::uint64_t drops = 0;      ///< wire packets that found the queue full
  std::uint64_t queue_max = 0;  ///< bytes that waited at worst
};

/// Sites joined by links: parcels queue at each link of their route, are serialised, travel, and arrive.
///
/// Parcels of one flow between two sites take the same members and arrive in the order in which they were sent, also
/// when delays change meanwhile. Times inside are exact; a caller who is late adds nothing to later parcels' times.
class Network {
 public:
  Network(std::size_t sites, const std::vector<DirectedLink>& links);

  /// The way from one site to another, for parcels sent from now on. A route may get new delays at any time; other
  /// links only while nothing is under way on it.
  void set_route(std::size_t from, std::size_t to, std::vector<Hop> hops);

  /// Rate and queue of a link, for parcels that reach it from now on; the number of members stays.
  void set_link(std::size_t link, Rate member_rate, std::uint64_t queue_limit);

  /// Flows that would take this member take the next one that lives, as link aggregation does. One has to live.
  void kill_member(std::size_t link, int member);

  /// @param now  never before an earlier call's
  /// @return false where the first queue has no room or there is no route: the parcel is lost
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
  };
  /// The parcels of one pair of sites behind one member of one hop: they share a delay, so they form one line.
  struct Line {
    std::size_t from, to, hop;
    int member;
    DelayLine<Parcel> parcels;
  };
  struct Route {
    std::vector<Hop> hops;
    std::vector<std::size_t> first_line;  ///< index of the line of member 0 behind each hop
  };
  /// A line that holds something, by the time of its first parcel; ties by age, so that order is defined.
  struct Wakeup {
    Time due;
    std::uint64_t age;
    std::size_t line;
    bool operator>(const Wakeup& other) const { return due != other.due ? due > other.due : age > other.age; }
  };

  Route& route(std::size_t from, std::size_t to) { return routes_[from * sites_ + to]; }
  std::size_t living_member(std::size_t link, std::uint64_t flow) const;
  bool enter(Time now, std::size_t from, std::size_t to, std::size_t hop, const Parcel& parcel);

  std::size_t sites_;
  std::vector<Link> links_;
  std::vector<Route> routes_;
  std::vector<Line> lines_;
  std::priority_queue<Wakeup, std::vector<Wakeup>, std::greater<>> wakeups_;
  std::uint64_t next_age_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace longhaul::wan
