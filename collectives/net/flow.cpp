#include "collectives/net/flow.hpp"

#include <cstring>

#include "collectives/net_plugin/failure.hpp"
#include "kernels/divide.hpp"
#include "kernels/reduce.hpp"

namespace longhaul::net {
namespace {

bool is_over(LoadedPlugin& plugin, void* request) {
  int done = 0, size = 0;
  plugin.expect(plugin.common().test(request, &done, &size), "test");
  return done != 0;
}

/// One slot more than are in use: a message of two slots may begin in the last.
std::size_t slot_bytes(const Chunking& chunking) { return chunking.buffer + chunking.step(); }

/// The first step of those whose messages may still be under way when the program ends.
std::size_t tail_of(const Program& program) {
  int credits = 0;
  for (std::size_t i = program.size(); i > 0; --i) {
    const auto& step = program[i - 1];
    if (!step.sends) continue;
    credits += step.credits;
    if (credits > kSteps) return i;
  }
  return 0;
}

}  // namespace

SlotBuffer::SlotBuffer(LoadedPlugin& plugin, void* comm, std::size_t bytes)
    : plugin_(plugin), comm_(comm), memory_(std::make_unique_for_overwrite<std::byte[]>(bytes)) {
  registration_ = plugin_.reg_mr(comm_, memory_.get(), bytes);
}

void SlotBuffer::deregister() { plugin_.common().dereg_mr(comm_, registration_); }

Outbox::Outbox(LoadedPlugin& plugin, void* comm, Chunking chunking)
    : plugin_(plugin), comm_(comm), chunking_(chunking), slots_(plugin, comm, slot_bytes(chunking)) {}

Outbox::~Outbox() {
  slots_.deregister();
  plugin_.common().close_send(comm_);
}

bool Outbox::begin(Message& message) {
  if (message.request == nullptr)
    plugin_.expect(plugin_.isend(comm_, const_cast<std::byte*>(message.data), message.bytes, 0, slots_.registration(),
                                 nullptr, &message.request),
                   "isend");
  return message.request != nullptr;
}

void Outbox::send(const std::byte* data, std::size_t bytes, int credits) {
  in_use_ += credits;
  next_step_ += credits;
  under_way_.push_back({data, bytes, credits, nullptr});
  for (auto& message : under_way_)  // in order: one that was not taken keeps back those after it
    if (!begin(message)) return;
}

bool Outbox::progress() {
  bool moved = false;
  for (auto& message : under_way_)
    if (!begin(message)) break;
  while (!under_way_.empty() && under_way_.front().request != nullptr && is_over(plugin_, under_way_.front().request)) {
    in_use_ -= under_way_.front().credits;
    under_way_.pop_front();
    moved = true;
  }
  return moved;
}

Inbox::Inbox(LoadedPlugin& plugin, void* comm, Chunking chunking)
    : plugin_(plugin), comm_(comm), chunking_(chunking), slots_(plugin, comm, slot_bytes(chunking)) {}

Inbox::~Inbox() {
  slots_.deregister();
  plugin_.common().close_receive(comm_);
}

bool Inbox::post(const Program& program, std::size_t element_size) {
  bool moved = false;
  for (; next_posted_ < program.size(); ++next_posted_) {
    const auto& step = program[next_posted_];
    if (!step.receives) continue;
    if (in_use_ + step.credits > kSteps) return moved;
    auto* const slot = slots_.data() + static_cast<std::size_t>(next_step_ % kSteps) * chunking_.step();
    // What is only stored goes straight to its place: nothing is there that is still wanted, since it could not have
    // come without this rank's own contribution.
    void* data = step.combines() || !slots_.needless() ? slot : step.out;
    std::size_t bytes = step.count * element_size;
    int tag = 0;
    void *registration = slots_.registration(), *event = nullptr, *request = nullptr;
    plugin_.expect(plugin_.irecv(comm_, 1, &data, &bytes, &tag, &registration, &event, &request), "irecv");
    if (request == nullptr) return moved;
    posted_.push_back({static_cast<std::byte*>(data), bytes, step.credits, request, false});
    in_use_ += step.credits;
    next_step_ += step.credits;
    moved = true;
  }
  return moved;
}

const std::byte* Inbox::arrived() {
  if (posted_.empty()) return nullptr;
  auto& first = posted_.front();
  first.there = first.there || is_over(plugin_, first.request);
  return first.there ? first.data : nullptr;
}

void Inbox::consume() {
  in_use_ -= posted_.front().credits;
  posted_.pop_front();
}

Flow::Flow(Program program, DataType type, ReduceOp op, int ranks, Inbox* from, Outbox* to)
    : program_(std::move(program)),
      type_(type),
      op_(op),
      ranks_(ranks),
      from_(from),
      to_(to),
      tail_(tail_of(program_)) {
  if (from_ != nullptr) from_->begin_program();
}

bool Flow::progress() {
  bool moved = false;
  if (from_ != nullptr) moved = from_->post(program_, size_of(type_));
  if (to_ != nullptr) moved = to_->progress() || moved;
  while (!done() && advance()) moved = true;
  return moved;
}

bool Flow::advance() {
  const auto& step = program_[next_];
  if (step.sends && !to_->has_room(step.credits)) return false;
  const std::byte* message = nullptr;
  if (step.receives && (message = from_->arrived()) == nullptr) return false;
  carry_out(step, message);
  if (step.receives) {
    from_->consume();
    from_->post(program_, size_of(type_));
  }
  ++next_;
  return true;
}

/// Combines, stores and sends. The result is made where it is stored, else in the slot it is sent from.
void Flow::carry_out(const Step& step, const std::byte* message) {
  const std::size_t bytes = step.count * size_of(type_);
  const bool from_slot = step.sends && (next_ >= tail_ || !to_->direct());
  const std::byte* result = step.receives ? message : step.in;
  if (step.combines()) {
    std::byte* const made = step.out != nullptr ? step.out : to_->slot();
    if (made == step.in)
      reduce(made, message, type_, step.count, op_);
    else
      reduce(made, step.in, message, type_, step.count, op_);
    if (step.divides) divide(made, type_, step.count, ranks_);
    result = made;
  } else if (step.out != nullptr) {
    if (step.out != result) std::memcpy(step.out, result, bytes);
    if (step.receives) result = step.out;
  }
  if (!step.sends) return;
  if (from_slot && result != to_->slot()) {
    std::memcpy(to_->slot(), result, bytes);
    result = to_->slot();
  }
  to_->send(result, bytes, step.credits);
}

}  // namespace longhaul::net
