#include "collectives/net_plugin/sender.hpp"

#include <algorithm>
#include <cstring>

namespace longhaul::net {

Sender::Sender(std::vector<Socket> sockets, int to, bool acknowledged, Emulation& emulation)
    : to_(to),
      acknowledged_(acknowledged),
      delayed_(emulation.reaches(to)),
      emulation_(emulation),
      // NCCL's limit counts receives, each of which may group several messages.
      requests_(this, static_cast<std::size_t>(kMaxRequests * kMaxReceives)) {
  for (auto& socket : sockets) lanes_.push_back({std::move(socket), 0, 0, 0});
}

Sender::~Sender() { emulation_.forget(to_, this); }

Request* Sender::send(const Outgoing& message) {
  auto* const request = requests_.take();
  if (request == nullptr) return nullptr;
  request->sizes[0] = message.size;
  Message leaving;
  leaving.request = request;
  leaving.data = static_cast<const std::byte*>(message.data);
  leaving.header.size = message.size;
  leaving.header.tag = message.tag;
  leaving.pieces_left = static_cast<std::uint32_t>(lanes_.size());
  leaving_.push_back(leaving);
  progress();
  return request;
}

bool Sender::test(Request& request, int* sizes) {
  if (!request.over) progress();
  if (!request.over || now() < request.due) return false;
  if (sizes != nullptr) sizes[0] = static_cast<int>(request.sizes[0]);
  RequestPool::give_back(request);
  return true;
}

void Sender::progress() {
  for (std::uint32_t index = 0; index < lanes_.size(); ++index) push(index);
  retire();
  if (acknowledged_) hear();
}

/// Asks the WAN whether the message may leave; what it has to wait for goes into its header.
bool Sender::allow(Message& message) {
  if (message.may_leave || !delayed_) return true;
  const auto leave = emulation_.leave(to_, message.header.size, this);
  if (!leave) return false;
  message.header.queue = leave->queue.count();
  message.header.delay = leave->delay.count();
  return message.may_leave = true;
}

bool Sender::send_header(Lane& lane, Message& message) {
  if (lane.header_sent == 0 && !allow(message)) return false;
  const auto bytes = std::as_bytes(std::span(&message.header, 1)).subspan(lane.header_sent);
  if (!bytes.empty()) lane.header_sent += lane.socket.send(bytes);
  return lane.header_sent == sizeof(Header);
}

/// As much as the socket takes, message after message.
void Sender::push(std::uint32_t index) {
  auto& lane = lanes_[index];
  while (lane.message - first_leaving_ < leaving_.size()) {
    auto& message = leaving_[lane.message - first_leaving_];
    if (index == 0 && !send_header(lane, message)) return;
    if (index > 0 && delayed_ && !message.may_leave) return;
    const auto piece = piece_of(message.header.size, index, static_cast<std::uint32_t>(lanes_.size()));
    while (lane.piece_sent < piece.size()) {
      const auto sent =
          lane.socket.send({message.data + piece.begin + lane.piece_sent, piece.size() - lane.piece_sent});
      if (sent == 0) return;
      lane.piece_sent += sent;
    }
    --message.pieces_left;
    lane = Lane{std::move(lane.socket), lane.message + 1, 0, 0};
  }
}

/// What has been handed over is over, or waits for its acknowledgement.
void Sender::retire() {
  while (!leaving_.empty() && leaving_.front().pieces_left == 0) {
    auto* const request = leaving_.front().request;
    if (acknowledged_)
      unheard_.emplace(static_cast<std::uint32_t>(first_leaving_), request);
    else
      request->over = true;
    leaving_.pop_front();
    ++first_leaving_;
  }
}

void Sender::hear() {
  while (!unheard_.empty()) {
    const auto got = lanes_[0].socket.receive(std::span(ack_).subspan(ack_got_), ack_came_);
    if (got == 0) return;
    ack_got_ += got;
    if (ack_got_ < sizeof(Ack)) continue;
    Ack ack;
    std::memcpy(&ack, ack_.data(), sizeof ack);
    ack_got_ = 0;
    const auto meant = unheard_.find(ack.message);
    if (!plausible(ack) || meant == unheard_.end())
      throw Failure{remote_error, lanes_[0].socket.peer() + " sent what is no acknowledgement of anything"};
    last_heard_ = std::max(last_heard_, ack_came_ + Time(ack.hold));
    meant->second->due = last_heard_;
    meant->second->over = true;
    unheard_.erase(meant);
  }
}

}  // namespace longhaul::net
