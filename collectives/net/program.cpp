#include "collectives/net/program.hpp"

#include <algorithm>

namespace longhaul::net {
namespace {

/// Of all_reduce, all_gather, reduce_scatter: a chunk takes half of the buffer and is cut into two messages.
constexpr int kChunkSteps = kSteps / 2, kSliceSteps = kSteps / 4;
/// Of broadcast and reduce.
constexpr int kChainSteps = 1;
/// NCCL_P2P_NET_CHUNKSIZE
constexpr std::size_t kPeerChunk = std::size_t{128} * 1024;

std::size_t divided_up(std::size_t value, std::size_t by) { return (value + by - 1) / by; }

std::size_t longest(std::span<const Block> blocks) {
  std::size_t most = 0;
  for (const auto& block : blocks) most = std::max(most, block.count);
  return most;
}

/// `count` elements of a block from `offset` on, as far as there are any.
Block within(const Block& block, std::size_t offset, std::size_t count) {
  const std::size_t begin = std::min(offset, block.count);
  return {block.begin + begin, std::min(count, block.count - begin)};
}

}  // namespace

Block part_of(std::size_t count, int parts, int index) {
  const std::size_t each = divided_up(count, static_cast<std::size_t>(parts));
  const std::size_t begin = std::min(count, each * static_cast<std::size_t>(index));
  return {begin, std::min(each, count - begin)};
}

Writer::Writer(Place place, Chunking chunking, DataType type, const void* send, void* receive, bool average)
    : place_(place),
      chunking_(chunking),
      size_(size_of(type)),
      send_(static_cast<const std::byte*>(send)),
      receive_(static_cast<std::byte*>(receive)),
      average_(average) {}

std::size_t Writer::chunk_elements(int steps) const {
  return std::max<std::size_t>(chunking_.step() * static_cast<std::size_t>(steps) / size_, 1);
}

/// Cuts a chunk into messages. Empty ones are left out, on both sides alike.
void Writer::add(Program& program, Step whole, int slices, int steps) const {
  // NCCL's least message: a slice's slots / 32.
  const std::size_t least = std::max<std::size_t>(chunking_.step() * static_cast<std::size_t>(steps) / 32 / size_, 1);
  const std::size_t each = std::max(divided_up(whole.count, static_cast<std::size_t>(slices)), least);
  for (std::size_t at = 0; at < whole.count; at += each) {
    Step slice = whole;
    slice.count = std::min(each, whole.count - at);
    if (slice.in != nullptr) slice.in += at * size_;
    if (slice.out != nullptr) slice.out += at * size_;
    slice.credits = steps;
    program.push_back(slice);
  }
}

Program Writer::all_reduce(Block block) const {
  Program program;
  const auto n = static_cast<std::size_t>(place_.size);
  const std::size_t most = chunk_elements(kChunkSteps);
  for (std::size_t at = 0; at < block.count;) {
    const std::size_t turn = std::min(block.count - at, n * most);
    const std::size_t chunk = divided_up(turn, n);
    const auto piece = [&](int by) {
      const auto found = within({block.begin + at, turn}, static_cast<std::size_t>(place_.relative(by)) * chunk, chunk);
      return Step{in(found.begin), out(found.begin), found.count, false, false, false, 1};
    };
    const auto write = [&](Step step, bool receives, bool combines, bool stores, bool sends, bool divides) {
      if (!combines && receives) step.in = nullptr;
      if (!stores) step.out = nullptr;
      step.receives = receives;
      step.sends = sends;
      step.divides = divides && average_;
      add(program, step, kChunkSteps / kSliceSteps, kSliceSteps);
    };
    write(piece(-1), false, false, false, true, false);
    for (int back = 2; back < place_.size; ++back) write(piece(-back), true, true, false, true, false);
    write(piece(0), true, true, true, true, true);
    for (int back = 1; back < place_.size - 1; ++back) write(piece(-back), true, false, true, true, false);
    write(piece(1), true, false, true, false, false);
    at += turn;
  }
  return program;
}

Program Writer::all_gather(std::span<const Block> blocks, const std::byte* own) const {
  Program program;
  const std::size_t chunk = chunk_elements(kChunkSteps);
  for (std::size_t at = 0; at < longest(blocks); at += chunk) {
    const auto write = [&](int by, bool receives, bool sends) {
      const auto piece = within(blocks[static_cast<std::size_t>(place_.relative(by))], at, chunk);
      Step step{receives ? nullptr : own + at * size_, out(piece.begin), piece.count, receives, sends, false, 1};
      add(program, step, kChunkSteps / kSliceSteps, kSliceSteps);
    };
    write(0, false, true);
    for (int back = 1; back < place_.size - 1; ++back) write(-back, true, true);
    write(1, true, false);
  }
  return program;
}

Program Writer::reduce_scatter(std::span<const Block> blocks, std::byte* result) const {
  Program program;
  const std::size_t chunk = chunk_elements(kChunkSteps);
  for (std::size_t at = 0; at < longest(blocks); at += chunk) {
    const auto write = [&](int by, bool receives, std::byte* store) {
      const auto piece = within(blocks[static_cast<std::size_t>(place_.relative(by))], at, chunk);
      const bool last = store != nullptr;
      Step step{in(piece.begin), store, piece.count, receives, !last, last && average_, 1};
      add(program, step, kChunkSteps / kSliceSteps, kSliceSteps);
    };
    write(-1, false, nullptr);
    for (int back = 2; back < place_.size; ++back) write(-back, true, nullptr);
    write(0, true, result + at * size_);
  }
  return program;
}

Program Writer::broadcast(Block block, int root) const {
  Program program;
  const bool is_root = place_.position == root;
  const std::size_t chunk = chunk_elements(kChainSteps);
  for (std::size_t at = 0; at < block.count; at += chunk) {
    const auto piece = within(block, at, chunk);
    Step step{is_root ? in(piece.begin) : nullptr,
              out(piece.begin),
              piece.count,
              !is_root,
              place_.relative(1) != root,
              false,
              1};
    add(program, step, 1, kChainSteps);
  }
  return program;
}

Program Writer::reduce(Block block, int root) const {
  Program program;
  const bool is_root = place_.position == root, is_first = place_.relative(-1) == root;
  const std::size_t chunk = chunk_elements(kChainSteps);
  for (std::size_t at = 0; at < block.count; at += chunk) {
    const auto piece = within(block, at, chunk);
    Step step{in(piece.begin),
              is_root ? out(piece.begin) : nullptr,
              piece.count,
              !is_first,
              !is_root,
              is_root && average_,
              1};
    add(program, step, 1, kChainSteps);
  }
  return program;
}

Program Writer::send_to_peer(const std::byte* data, std::size_t bytes, const Chunking& chunking) {
  Program program;
  const std::size_t chunk = std::min(kPeerChunk, chunking.step());
  for (std::size_t at = 0; at < bytes; at += chunk)
    program.push_back({data + at, nullptr, std::min(chunk, bytes - at), false, true, false, 1});
  return program;
}

Program Writer::receive_from_peer(std::byte* data, std::size_t bytes, const Chunking& chunking) {
  Program program;
  const std::size_t chunk = std::min(kPeerChunk, chunking.step());
  for (std::size_t at = 0; at < bytes; at += chunk)
    program.push_back({nullptr, data + at, std::min(chunk, bytes - at), true, false, false, 1});
  return program;
}

}  // namespace longhaul::net
