// Random damage to what comes over the plugin's sockets: a raw peer greets, sends messages and acknowledgements, and
// spoils some of their bytes. The plugin may deliver, refuse (a Failure) or turn away; anything else ends the program.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "collectives/net_plugin/failure.hpp"
#include "collectives/net_plugin/listener.hpp"
#include "collectives/net_plugin/receiver.hpp"
#include "collectives/net_plugin/sender.hpp"
#include "tests/performance/chance.hpp"
#include "tests/performance/corpus.hpp"
#include "topologies/wan/control_segment.hpp"

namespace longhaul::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Time kPatience = std::chrono::milliseconds(20);
constexpr std::size_t kLargest = 4096;

class Fuzzer {
 public:
  Fuzzer()
      : emulation_(wan::MappedSegment::create("fuzz-" + std::to_string(::getpid()), 2, false), 0, 1),
        interface_(find_interfaces("lo").at(0)) {}

  void once(test::Chance& random) {
    random_ = &random;
    try {
      pick(4) == 0 ? spoil_acknowledgements() : spoil_messages();
    } catch (const Failure&) {
      ++refused_;
    }
    ++inputs_;
  }
  void tell() const {
    fmt::print("{} inputs: {} messages delivered, {} inputs refused, {} greetings turned away\n", inputs_, delivered_,
               refused_, turned_away_);
  }

 private:
  std::size_t pick(std::size_t below) { return random_->below(below); }

  template <class Value>
  void append(std::vector<char>& bytes, const Value& value) const {
    const auto* const begin = reinterpret_cast<const char*>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof value);
  }
  void spoil(std::vector<char>& bytes, std::size_t from = 0) {
    if (bytes.size() <= from || pick(3) == 0) return;
    for (std::size_t i = 0; i <= pick(4); ++i) bytes[from + pick(bytes.size() - from)] = static_cast<char>(pick(256));
    if (pick(3) == 0) bytes.resize(from + pick(bytes.size() - from + 1));
  }

  /// A greeting that is sometimes spoilt, then messages that are.
  void spoil_messages() {
    Listener listener(interface_, static_cast<int>(pick(2)), kPatience);
    Hello hello;
    std::copy(std::begin(listener.handle().cookie), std::end(listener.handle().cookie), std::begin(hello.cookie));
    hello.site = static_cast<std::int32_t>(pick(2));
    hello.acknowledged = static_cast<std::uint32_t>(pick(2));
    std::vector<char> greeting, messages;
    append(greeting, hello);
    if (pick(4) == 0) spoil(greeting);
    for (std::size_t i = 0; i <= pick(4); ++i) {
      Header header;
      header.size = pick(kLargest);
      header.tag = static_cast<std::int32_t>(pick(3));
      append(messages, header);
      messages.resize(messages.size() + header.size, 'x');
    }
    spoil(messages);
    const Socket peer = connect_raw(listener.handle());
    put(peer, greeting);
    put(peer, messages);
    auto joined = accept(listener);
    if (!joined) {
      ++turned_away_;
      return;
    }
    Receiver receiver(std::move(joined->sockets), joined->hello.site, joined->hello.acknowledged != 0, emulation_,
                      kPatience);
    if (pick(2) == 0) ::shutdown(peer.fd(), SHUT_WR);
    receive_all(receiver);
  }

  void receive_all(Receiver& receiver) {
    std::array<std::byte, kLargest> memory;
    std::array<void*, 2> data{memory.data(), memory.data()};
    std::array<std::size_t, 2> sizes{kLargest, kLargest / 2};
    std::array<int, 2> tags{static_cast<int>(pick(3)), static_cast<int>(pick(3))};
    const int count = 1 + static_cast<int>(pick(2));
    const auto end = Clock::now() + std::chrono::milliseconds(3);
    auto* request = receiver.receive({count, data.data(), sizes.data(), tags.data(), nullptr, nullptr, false});
    std::array<int, kMaxReceives> got{};
    while (Clock::now() < end && !receiver.test(*request, got.data())) {
      receiver.drain();
    }
    if (!request->taken) ++delivered_;
    for (int i = 0; i < count; ++i)
      if (!request->taken &&
          static_cast<std::size_t>(got[static_cast<std::size_t>(i)]) > sizes[static_cast<std::size_t>(i)])
        std::abort();
  }

  /// A sender that hears nonsense in place of acknowledgements.
  void spoil_acknowledgements() {
    Listener listener(interface_, 1, kPatience);
    Connector connector(listener.handle(), interface_, 0, true, 1, kPatience);
    std::unique_ptr<Joined> from, to;
    for (const auto end = Clock::now() + std::chrono::milliseconds(200); Clock::now() < end && (!from || !to);) {
      if (!from) from = connector.connect();
      if (!to) to = listener.accept();
    }
    if (!from || !to) return;
    Sender sender(std::move(from->sockets), 1, true, emulation_);
    const std::array<std::byte, 100> word{};
    auto* const request = sender.send({word.data(), word.size(), 0, nullptr, nullptr});
    std::vector<char> answer;
    append(answer, Ack{});
    spoil(answer);
    put(to->sockets[0], answer);
    to->sockets.clear();
    for (const auto end = Clock::now() + std::chrono::milliseconds(2); Clock::now() < end;)
      if (sender.test(*request, nullptr)) {
        ++delivered_;
        return;
      }
  }

  static Socket connect_raw(const Handle& handle) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(handle.port);
    std::memcpy(&address.sin_addr, handle.address, 4);
    Socket peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Thousands of connections a second use up all ports, until the kernel gives old ones free.
    while (::connect(peer.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::usleep(100'000);
    return peer;
  }
  static void put(const Socket& peer, const std::vector<char>& bytes) {
    if (!bytes.empty()) (void)!::send(peer.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  static std::unique_ptr<Joined> accept(Listener& listener) {
    for (const auto end = Clock::now() + std::chrono::milliseconds(2); Clock::now() < end;)
      if (auto joined = listener.accept()) return joined;
    return nullptr;
  }

  test::Chance* random_ = nullptr;
  Emulation emulation_;
  Interface interface_;
  std::size_t inputs_ = 0, delivered_ = 0, refused_ = 0, turned_away_ = 0;
};

}  // namespace
}  // namespace longhaul::net

#ifdef LONGHAUL_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static longhaul::net::Fuzzer fuzzer;
  longhaul::test::Chance random(std::span(data, size));
  fuzzer.once(random);
  return 0;
}
#else
int main(int argc, char** argv) {
  int seconds = 10;
  unsigned seed = std::random_device{}();
  std::string corpus;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (argv[i] == std::string_view("--seconds")) seconds = std::atoi(argv[i + 1]);
    if (argv[i] == std::string_view("--corpus")) corpus = argv[i + 1];
    if (argv[i] == std::string_view("--seed")) seed = static_cast<unsigned>(std::atoi(argv[i + 1]));
  }
  fmt::print("seed {}\n", seed);
  longhaul::net::Fuzzer fuzzer;
  if (!corpus.empty()) {
    const auto inputs = longhaul::test::replay(corpus, [&](std::span<const std::uint8_t> bytes) {
      longhaul::test::Chance of_input(bytes);
      fuzzer.once(of_input);
    });
    fmt::print("{} inputs of the corpus: no fault\n", inputs);
  }
  longhaul::test::Chance random(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) fuzzer.once(random);
  fuzzer.tell();
}
#endif
