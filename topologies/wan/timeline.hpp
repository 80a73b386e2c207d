#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "topologies/wan/event.hpp"

namespace longhaul::wan {

/// A moment at which a link's state changes.
struct Step {
  enum class Kind : std::uint8_t { cut, avoid, brownout, restore };
  Time at{};
  Kind kind = Kind::restore;
  std::uint32_t link = 0;
  double rate_share = 1, loss = 0;  ///< brownout
  Time cause{};                     ///< when the event happened; `at` may be a protection time later
  std::uint64_t serial = 0;         ///< of the event, in the order given
};

/// What happens to the links, in order of time: events given beforehand or while it runs.
///
/// A cut with a protection time is two steps: the link goes down, and that much later routes avoid it. A link that is
/// restored before keeps its routes.
class Timeline {
 public:
  explicit Timeline(std::size_t links) : Timeline(std::vector<LinkState>(links)) {}
  /// Goes on where links are in these states already.
  explicit Timeline(std::vector<LinkState> states) : states_(std::move(states)), restored_(states_.size()) {}

  /// An event of the past (before the last step taken) happens with the next take().
  void add(const Event& event);
  void add(std::span<const Event> events);

  /// When the next step is due; nothing while nothing is to come.
  std::optional<Time> next() const;

  /// Takes the first step that is due by `now` and changes its link's state. To be called until it gives nothing.
  std::optional<Step> take(Time now);

  const LinkState& state(std::size_t link) const { return states_[link]; }
  std::span<const LinkState> states() const { return states_; }
  std::size_t to_come() const { return steps_.size(); }

  /// Forgets what is to come and leaves every link as it should be.
  void clear();

 private:
  /// A place in the order of events.
  struct Moment {
    Time at = Time::min();
    std::uint64_t serial = 0;
    auto operator<=>(const Moment&) const = default;
  };
  void insert(const Step& step);

  std::vector<LinkState> states_;
  std::vector<Moment> restored_;  ///< of each link: when last
  std::vector<Step> steps_;       ///< to come, by time; equal times in the order given
  std::uint64_t next_serial_ = 1;
};

}  // namespace longhaul::wan
