#include "collectives/net_plugin/receiver.hpp"

#include <algorithm>
#include <cstring>

namespace longhaul::net {
namespace {

/// What may wait in memory of our own: the flight of a long fat line.
constexpr std::size_t kMostStaged = std::size_t{1} << 30;

}  // namespace

Receiver::Receiver(std::vector<Socket> sockets, int from, bool acknowledged, Emulation& emulation, Time patience)
    : from_(from),
      acknowledged_(acknowledged),
      delayed_(emulation.reaches(from)),
      emulation_(emulation),
      patience_(patience),
      requests_(this, static_cast<std::size_t>(kMaxRequests)) {
  for (auto& socket : sockets) lanes_.push_back({std::move(socket), 0, {}, 0, 0, {}});
}

Request* Receiver::receive(const Incoming& buffers) {
  if (buffers.count < 1 || buffers.count > kMaxReceives)
    throw Failure{internal_error, "irecv of " + std::to_string(buffers.count) + " buffers; expected 1 to " +
                                      std::to_string(kMaxReceives)};
  const std::lock_guard lock(mutex_);
  last_asked_ = now().count();
  auto* const request = requests_.take();
  if (request == nullptr) return nullptr;
  request->count = buffers.count;
  auto& group = posted_.emplace_back();
  group.request = request;
  group.unfilled = buffers.count;
  group.posted = now();
  for (int i = 0; i < buffers.count; ++i)
    group.slots[static_cast<std::size_t>(i)] = {static_cast<std::byte*>(buffers.data[i]), buffers.sizes[i],
                                                buffers.tags[i], false};
  take_staged(group);
  progress();
  return request;
}

bool Receiver::test(Request& request, int* sizes) {
  const std::lock_guard lock(mutex_);
  const Time time = now();
  last_asked_ = time.count();
  if (!request.over) {
    progress();
    if (!request.over) expect_hope();
  }
  if (!request.over || time < request.due) return false;
  for (int i = 0; sizes != nullptr && i < request.count; ++i)
    sizes[i] = static_cast<int>(request.sizes[static_cast<std::size_t>(i)]);
  RequestPool::give_back(request);
  if (delayed_) emulation_.released(time - request.due);
  return true;
}

void Receiver::drain() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) progress();
}

void Receiver::add_sockets(std::vector<int>& sockets) const {
  for (const auto& lane : lanes_) sockets.push_back(lane.socket.fd());
}

/// Reads all that can be read. A socket that is lost is remembered: what it brought before still counts.
void Receiver::progress() {
  for (std::uint32_t index = 0; index < lanes_.size(); ++index) {
    auto& lane = lanes_[index];
    if (lane.lost) continue;
    try {
      pull(index);
      if (index == 0) push_acks();
    } catch (const Failure& failure) {
      lane.lost = failure;
    }
  }
}

void Receiver::pull(std::uint32_t index) {
  auto& lane = lanes_[index];
  for (;;) {
    if (lane.message == first_coming_ + coming_.size() && (index > 0 || !read_header(lane))) return;
    auto& message = coming_[lane.message - first_coming_];
    const auto piece = piece_of(message.header.size, index, static_cast<std::uint32_t>(lanes_.size()));
    if (piece.size() > 0 && !find_target(message)) return;
    while (lane.piece_got < piece.size()) {
      const auto got = lane.socket.receive(
          {message.target + piece.begin + lane.piece_got, piece.size() - lane.piece_got}, message.last_came);
      if (got == 0) return;
      lane.piece_got += got;
      last_read_ = message.last_came;
    }
    ++lane.message;
    lane.piece_got = 0;
    --message.pieces_left;
    while (!coming_.empty() && coming_.front().pieces_left == 0) finish_first();
  }
}

bool Receiver::read_header(Lane& lane) {
  Time came{};
  const auto got = lane.socket.receive(std::span(lane.header).subspan(lane.header_got), came);
  if (got == 0) return false;
  lane.header_got += got;
  last_read_ = came;
  if (lane.header_got < sizeof(Header)) return false;
  lane.header_got = 0;
  Message message;
  std::memcpy(&message.header, lane.header.data(), sizeof(Header));
  if (!plausible(message.header)) throw Failure{remote_error, lane.socket.peer() + " sent what is no message"};
  message.number = lane.message;
  message.header_came = message.last_came = came;
  message.pieces_left = static_cast<std::uint32_t>(lanes_.size());
  coming_.push_back(std::move(message));
  return true;
}

/// A posted buffer, else memory of our own where the message must not keep others back.
bool Receiver::find_target(Message& message) {
  if (message.target != nullptr) return true;
  last_read_ = now();  // it may have waited for its buffer as long as it liked
  if (bind_to_posted(message)) return true;
  const bool others_wait = std::ranges::any_of(posted_, [](const Group& group) {
    return std::any_of(group.slots.begin(), group.slots.begin() + group.request->count,
                       [](const Slot& slot) { return !slot.bound; });
  });
  if (!delayed_ && !others_wait) return false;
  if (message.header.size > kMostStaged)
    throw Failure{remote_error, "a message of " + std::to_string(message.header.size) + " bytes came for which no " +
                                    "buffer was posted"};
  if (staged_bytes_ + message.header.size > kMostStaged) return false;
  message.memory = memory_of(message.header.size);
  message.target = message.memory.data.get();
  staged_bytes_ += message.header.size;
  return true;
}

bool Receiver::bind_to_posted(Message& message) {
  for (auto& group : posted_)
    for (std::size_t i = 0; i < static_cast<std::size_t>(group.request->count); ++i) {
      if (group.slots[i].bound || group.slots[i].tag != message.header.tag) continue;
      bind(message, group, i);
      message.target = group.slots[i].data;
      return true;
    }
  return false;
}

void Receiver::bind(Message& message, Group& group, std::size_t slot) const {
  if (message.header.size > group.slots[slot].capacity)
    throw Failure{invalid_usage, "a message of " + std::to_string(message.header.size) + " bytes came from " +
                                     lanes_[0].socket.peer() + " for a buffer of " +
                                     std::to_string(group.slots[slot].capacity)};
  group.slots[slot].bound = true;
  message.group = &group;
  message.slot = slot;
}

Receiver::Message* Receiver::first_unbound(int tag) {
  for (auto& message : staged_)
    if (message.header.tag == tag) return &message;
  for (auto& message : coming_)
    if (message.group == nullptr && message.header.tag == tag && message.target != nullptr) return &message;
  return nullptr;
}

/// For a new group: messages that came before it. One that is still being read is delivered when it is there.
void Receiver::take_staged(Group& group) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(group.request->count); ++i) {
    auto* const message = first_unbound(group.slots[i].tag);
    if (message == nullptr) continue;
    bind(*message, group, i);
    if (message->pieces_left > 0) continue;
    auto there = std::ranges::find_if(staged_, [&](const Message& each) { return &each == message; });
    Message taken = std::move(*there);
    staged_.erase(there);
    deliver(taken);  // may be the group's last
    if (std::ranges::none_of(posted_, [&](const Group& each) { return &each == &group; })) return;
  }
}

/// The first message is wholly there: from now on it is only time that keeps it.
void Receiver::finish_first() {
  Message message = std::move(coming_.front());
  coming_.pop_front();
  ++first_coming_;
  const Time delay(message.header.delay);
  message.due = std::max({message.header_came + Time(message.header.queue) + delay, message.last_came + delay,
                          last_due_});  // nothing overtakes
  last_due_ = message.due;
  if (message.group == nullptr && message.target == nullptr) bind_to_posted(message);  // empty, so never read
  if (message.group != nullptr)
    deliver(message);
  else
    staged_.push_back(std::move(message));
}

void Receiver::deliver(Message& message) {
  auto& group = *message.group;
  if (message.memory.data) {
    std::memcpy(group.slots[message.slot].data, message.memory.data.get(), message.header.size);
    staged_bytes_ -= message.header.size;
    spare_.push_back(std::move(message.memory));
  }
  auto& request = *group.request;
  request.sizes[message.slot] = message.header.size;
  request.due = std::max({request.due, message.due, group.posted});
  if (acknowledged_) acknowledge(message);
  if (--group.unfilled > 0) return;
  request.over = true;
  posted_.remove_if([&](const Group& each) { return &each == &group; });
}

void Receiver::acknowledge(const Message& message) {
  Ack ack;
  ack.message = static_cast<std::uint32_t>(message.number);
  ack.hold = std::max<std::int64_t>((message.due - now()).count(), 0) + emulation_.way_back(from_).count();
  const auto bytes = std::as_bytes(std::span(&ack, 1));
  acks_.insert(acks_.end(), bytes.begin(), bytes.end());
  push_acks();
}

void Receiver::push_acks() {
  if (acks_.empty()) return;
  const auto sent = lanes_[0].socket.send(acks_);
  acks_.erase(acks_.begin(), acks_.begin() + static_cast<std::ptrdiff_t>(sent));
}

/// For a request that is not over: whether it still can be. A lost socket has no more for it, or a message has begun
/// and does not go on.
void Receiver::expect_hope() {
  for (const auto& lane : lanes_) {
    if (!lane.lost) continue;
    const bool owes = lane.message < first_coming_ + coming_.size();
    if (owes || (&lane == &lanes_[0] && coming_.empty())) throw Failure(*lane.lost);
  }
  const bool begun = lanes_[0].header_got > 0 || (!coming_.empty() && coming_.front().target != nullptr);
  if (begun && now() - last_read_ > patience_)
    throw Failure{remote_error,
                  lanes_[0].socket.peer() + " began a message and has sent nothing more for " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience_).count()) + " s"};
}

Receiver::Memory Receiver::memory_of(std::size_t size) {
  const auto fitting = std::ranges::find_if(spare_, [&](const Memory& each) { return each.capacity >= size; });
  if (fitting == spare_.end())
    return {std::make_unique_for_overwrite<std::byte[]>(std::max<std::size_t>(size, 1)), size};
  Memory found = std::move(*fitting);
  spare_.erase(fitting);
  return found;
}

}  // namespace longhaul::net
