// Throws damaged packets and control frames at the emulator's packet path for so many seconds; any fault is the
// sanitizers' to find, any broken promise this program's. Build it with the preset `dev`.
//
//   longhaul_fuzz_packets [--seconds S] [--seed N]
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/performance/chance.hpp"
#include "tests/performance/corpus.hpp"
#include "tests/topologies/lab/queue_message.hpp"
#include "topologies/error.hpp"
#include "topologies/lab/control_protocol.hpp"
#include "topologies/lab/lab_packet.hpp"
#include "topologies/lab/packet_queue.hpp"

namespace longhaul {
namespace {

using Bytes = std::vector<std::byte>;

void expect(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

/// A packet that is right but for some bytes, some of its end, or its offload header.
Bytes damaged_packet(test::Chance& random) {
  const std::size_t payload = random() % 3 == 0 ? random() % 65'000 : random() % 3000;
  const bool tcp = random() % 3 != 0;
  const std::size_t size = 20 + (tcp ? 20 : 8) + payload;
  OffloadHeader offload{1,  static_cast<std::uint8_t>(random() % 2 ? (tcp ? 1 : 5) : 0),
                        40, static_cast<std::uint16_t>(random() % 4 ? 1448 : random()),
                        20, 16};
  Bytes whole(sizeof offload + size);
  const auto fill = random();
  for (std::size_t i = 0; i < whole.size(); ++i)
    whole[i] = i % 2 != 0 ? std::byte{0} : static_cast<std::byte>(fill * i >> 5);
  std::memcpy(whole.data(), &offload, sizeof offload);
  std::byte* ip = whole.data() + sizeof offload;
  ip[0] = std::byte{0x45};
  ip[6] = ip[7] = std::byte{0};
  ip[9] = static_cast<std::byte>(tcp ? 6 : 17);
  if (tcp) ip[32] = std::byte{0x50};
  for (auto hits = random() % 4; hits > 0; --hits)
    whole[random() % (random() % 2 ? std::min<std::size_t>(whole.size(), 60) : whole.size())] =
        static_cast<std::byte>(random());
  if (random() % 8 == 0) whole.resize(random() % whole.size());
  // Exactly as long as its memory: a byte read beyond is found.
  whole.shrink_to_fit();
  return whole;
}

/// Cuts a packet into random runs, as chance would; all bytes must come out once.
void cut_up(const LabPacket& packet, test::Chance& random) {
  Bytes out(packet.whole.size());
  std::size_t payload = 0;
  for (std::uint64_t first = 0; first < packet.wire.packets;) {
    const auto count = std::min<std::uint64_t>(packet.wire.packets - first, 1 + random() % 64);
    const auto size = write_run(packet, {first, count}, out);
    expect(size <= out.size(), "a run is no longer than its packet");
    const auto run = read_packet(std::span(out).first(size));
    expect(run.has_value(), "a run can be read again");
    expect(run->wire.packets == count, "a run is as many wire packets as were asked for");
    payload += size - sizeof(OffloadHeader) - packet.headers.header_bytes;
    first += count;
  }
  expect(payload == packet.whole.size() - sizeof(OffloadHeader) - packet.headers.header_bytes,
         "runs together carry the payload once");
}

/// A message of the kernel's packet queue, damaged likewise: its head is never longer than what there is.
void damage_queued(test::Chance& random) {
  const auto packet = damaged_packet(random);
  const auto head = std::span(packet).subspan(std::min(packet.size(), sizeof(OffloadHeader)));
  auto message = test::QueueMessage()
                     .id(static_cast<std::uint32_t>(random()))
                     .queued_at(random(), random())
                     .add(NFQA_SKB_INFO, static_cast<std::uint32_t>(random() % 4))
                     .add(NFQA_CAP_LEN, static_cast<std::uint32_t>(random() % 70'000))
                     .add(NFQA_PAYLOAD, head.first(std::min<std::size_t>(head.size(), 120)))
                     .bytes();
  for (auto hits = random() % 4; hits > 0; --hits)
    message[random() % message.size()] = static_cast<std::byte>(random());
  if (random() % 8 == 0) message.resize(random() % message.size());
  message.shrink_to_fit();
  const auto queued = read_queued(message);
  if (!queued) return;
  expect(queued->head.size() <= queued->size && queued->head.size() < message.size(), "a head lies in its message");
  if (const auto headers = wan::parse_ipv4(queued->head))
    expect(wire_of(*queued, *headers, 1500).packets >= 1, "a queued packet is at least one on the wire");
}

class NoEngine : public WanEngine {
 public:
  void apply(const WanSetting&) override {}
  void schedule(std::vector<wan::Event>) override {}
  void reset_counters() override {}
  WanReport report() const override { return {}; }
};

void damage_requests(test::Chance& random) {
  static const std::vector<std::string> requests{
      apply_request({"+10ms", {{0, 1, Duration(5), Duration(1), {0.1}, {1e9}}}, {Duration(1), {2}}, 7}),
      schedule_request(std::vector<wan::Event>(2)), report_request(), reset_request()};
  auto request = requests[random() % requests.size()];
  for (auto hits = random() % 6; hits > 0; --hits) request[random() % request.size()] = static_cast<char>(random());
  NoEngine engine;
  const auto said = framed(answer(engine, request));
  FrameReader reader;
  for (std::size_t at = 0; at < said.size();) {
    const auto part = std::min<std::size_t>(said.size() - at, 1 + random() % 100);
    reader.add({said.data() + at, part});
    at += part;
  }
  const auto reply = reader.next();
  expect(reply.has_value(), "a framed answer is read whole");
  try {
    read_answer(*reply);
  } catch (const EnvironmentError&) {  // a refusal is an answer
  }
}

struct Tally {
  std::uint64_t packets = 0, read = 0, cut = 0, queued = 0, requests = 0;
};

void damage_packet(test::Chance& random, Tally& tally) {
  ++tally.packets;
  const auto whole = damaged_packet(random);
  const auto packet = read_packet(whole);
  if (!packet) return;
  ++tally.read;
  expect(packet->wire.packets >= 1, "a packet is at least one on the wire");
  if (packet->wire.packets == 1) return;
  ++tally.cut;
  cut_up(*packet, random);
}

/// What libFuzzer makes up, or found worth keeping.
[[maybe_unused]] void take_input(std::span<const std::uint8_t> bytes) {
  test::Chance random(bytes);
  Tally tally;
  const auto kind = random.below(4);
  if (kind == 0)
    damage_requests(random);
  else if (kind == 1)
    damage_queued(random);
  else
    damage_packet(random, tally);
}

#ifndef LONGHAUL_FUZZER
int run(double seconds, std::uint64_t seed) {
  test::Chance random(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  Tally tally;
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 200; ++i) damage_packet(random, tally);
    for (int i = 0; i < 200; ++i, ++tally.queued) damage_queued(random);
    for (int i = 0; i < 20; ++i, ++tally.requests) damage_requests(random);
  }
  fmt::print("{} packets, {} of them readable, {} cut up; {} of a queue; {} requests: no fault\n", tally.packets,
             tally.read, tally.cut, tally.queued, tally.requests);
  return 0;
}
#endif

}  // namespace
}  // namespace longhaul

#ifdef LONGHAUL_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  longhaul::take_input(std::span(data, size));
  return 0;
}
#else
int main(int argc, char** argv) {
  double seconds = 10;
  std::uint64_t seed = 1;
  std::string corpus;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--seconds") seconds = std::atof(argv[i + 1]);
    if (std::string_view(argv[i]) == "--corpus") corpus = argv[i + 1];
    if (std::string_view(argv[i]) == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  try {
    if (!corpus.empty())
      fmt::print("{} inputs of the corpus: no fault\n", longhaul::test::replay(corpus, longhaul::take_input));
    return longhaul::run(seconds, seed);
  } catch (const std::exception& error) {
    fmt::print(stderr, "broken promise: {}\n", error.what());
    return 1;
  }
}
#endif
