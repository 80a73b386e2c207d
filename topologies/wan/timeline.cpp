#include "topologies/wan/timeline.hpp"

#include <algorithm>

namespace longhaul::wan {

void Timeline::insert(const Step& step) {
  const auto place =
      std::upper_bound(steps_.begin(), steps_.end(), step.at, [](Time at, const Step& other) { return at < other.at; });
  steps_.insert(place, step);
}

void Timeline::add(const Event& event) {
  Step step{event.at, Step::Kind::restore, event.link, 1, 0, event.at, next_serial_++};
  switch (event.kind) {
    case Event::Kind::cut: step.kind = Step::Kind::cut; break;
    case Event::Kind::restore: break;
    case Event::Kind::brownout:
      step.kind = Step::Kind::brownout;
      step.rate_share = event.rate_share;
      step.loss = event.loss;
      break;
    case Event::Kind::reroute: break;
  }
  if (event.kind != Event::Kind::reroute) insert(step);
  const bool protects = event.kind == Event::Kind::cut || event.kind == Event::Kind::reroute;
  if (!protects || event.protection < Duration::zero()) return;
  step.kind = Step::Kind::avoid;
  step.at += event.protection;
  insert(step);
}

void Timeline::add(std::span<const Event> events) {
  for (const auto& event : events) add(event);
}

std::optional<Time> Timeline::next() const {
  if (steps_.empty()) return std::nullopt;
  return steps_.front().at;
}

std::optional<Step> Timeline::take(Time now) {
  while (!steps_.empty() && steps_.front().at <= now) {
    const Step step = steps_.front();
    steps_.erase(steps_.begin());
    auto& state = states_[step.link];
    const Moment cause{step.cause, step.serial};
    switch (step.kind) {
      case Step::Kind::cut: state.down = true; break;
      case Step::Kind::avoid:
        if (cause < restored_[step.link]) continue;  // nothing left to go round
        state.avoided = true;
        break;
      case Step::Kind::brownout:
        state.rate_share = step.rate_share;
        state.loss = step.loss;
        break;
      case Step::Kind::restore:
        state = LinkState{};
        restored_[step.link] = cause;
        break;
    }
    return step;
  }
  return std::nullopt;
}

void Timeline::clear() {
  steps_.clear();
  std::fill(restored_.begin(), restored_.end(), Moment{});
  std::fill(states_.begin(), states_.end(), LinkState{});
}

}  // namespace longhaul::wan
