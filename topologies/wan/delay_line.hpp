#pragma once
#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

#include "topologies/wan/clock.hpp"

namespace longhaul::wan {

/// What is under way on a wire: items leave in the order in which they entered, each when it is due.
///
/// An item that would be due before its predecessor (the delay was shortened meanwhile) is due with it instead, so
/// that nothing overtakes.
template <class Item>
class DelayLine {
 public:
  /// @return when the item will be due: `due`, or the predecessor's time
  Time push(Time due, Item item) {
    last_due_ = items_.empty() ? due : std::max(due, last_due_);
    items_.push_back({last_due_, std::move(item)});
    return last_due_;
  }

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

  /// When the first item is due. Not for an empty line.
  Time next_due() const { return items_.front().due; }

  /// Gives every item another time, `changed(due, item)`; nothing overtakes now either.
  template <class Change>
  void reschedule(Change changed) {
    for (auto entry = items_.begin(); entry != items_.end(); ++entry) {
      const Time due = changed(entry->due, entry->item);
      entry->due = last_due_ = entry == items_.begin() ? due : std::max(due, last_due_);
    }
  }

  /// Takes the first item out, due or not. Not for an empty line.
  Item pop() {
    Item item = std::move(items_.front().item);
    items_.pop_front();
    return item;
  }

 private:
  struct Entry {
    Time due;
    Item item;
  };
  std::deque<Entry> items_;
  Time last_due_{};
};

}  // namespace longhaul::wan
