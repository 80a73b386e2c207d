#include <sys/wait.h>

#include <thread>

#include "pair.hpp"

namespace longhaul::net {
namespace {

using namespace std::chrono_literals;
using test::Pair;
using test::Variable;

constexpr std::size_t kSize = 20'000;
constexpr std::uint64_t kBytesPerSecond = 20'000'000;

/// A connection with as many messages under way as NCCL has: with fewer, a job that has to wait for a core would have
/// nothing to send when it is its turn.
class Busy {
 public:
  Busy(LoadedPlugin& from, LoadedPlugin& to) : pair_(from, to) {}

  /// @return how many messages have come since the last call
  int progress() {
    int received = 0;
    for (std::size_t i = 0; i < kUnderWay; ++i) {
      const bool came = receives_[i] != nullptr && pair_.over(receives_[i]);
      received += came ? 1 : 0;
      if (came || receives_[i] == nullptr) receives_[i] = pair_.receive(got_[i].data(), kSize);
      if (sends_[i] == nullptr || pair_.over(sends_[i])) sends_[i] = pair_.send(data_.data(), kSize);
    }
    return received;
  }

 private:
  static constexpr std::size_t kUnderWay = 8;
  Pair pair_;
  std::array<std::byte, kSize> data_{};
  std::array<std::array<std::byte, kSize>, kUnderWay> got_{};
  std::array<void*, kUnderWay> sends_{}, receives_{};
};

/// A job of its own: sends for a second and a half as fast as it may, over so many connections, and tells how many
/// messages came.
int messages_of_a_job(const std::string& path, const std::string& copy, int connections) {
  const Variable control("LONGHAUL_NET_CONTROL", path);
  const auto load = [](const std::string& file, const char* site) {
    const Variable number("LONGHAUL_NET_SITE", site);
    return std::make_unique<LoadedPlugin>(file);
  };
  const auto here = load(test::plugin_path, "0"), there = load(copy, "1");
  std::vector<std::unique_ptr<Busy>> busy;
  for (int i = 0; i < connections; ++i) busy.push_back(std::make_unique<Busy>(*here, *there));
  int received = 0;
  for (const auto end = now() + 1500ms; now() < end; std::this_thread::yield())
    for (const auto& each : busy) received += each->progress();
  return received;
}

/// One with one connection and one with three: each gets half of the link.
TEST(PluginShare, TwoJobsOfAHostShareALinkFairlyWhateverTheirConnections) {
  auto control = wan::MappedSegment::create(test::tag_of_test(), 2, false);
  control->way(0, 1).rate.bytes_per_second = kBytesPerSecond;
  const std::string copy = ::testing::TempDir() + "libnccl-net-" + test::tag_of_test() + ".so";
  std::filesystem::copy_file(test::plugin_path, copy);
  std::array<int, 2> messages{};
  std::array<std::array<int, 2>, 2> pipes{};
  std::array<pid_t, 2> jobs{};
  for (std::size_t job = 0; job < 2; ++job) {
    ASSERT_EQ(::pipe(pipes[job].data()), 0);
    jobs[job] = ::fork();
    if (jobs[job] != 0) continue;
    const int count = messages_of_a_job(control.path(), copy, job == 0 ? 1 : 3);
    ::_exit(::write(pipes[job][1], &count, sizeof count) == sizeof count ? 0 : 1);
  }
  for (std::size_t job = 0; job < 2; ++job) {
    ::close(pipes[job][1]);  // so that a job that ends without an answer is not waited for
    EXPECT_EQ(::read(pipes[job][0], &messages[job], sizeof messages[job]), static_cast<ssize_t>(sizeof(int)));
    int status = -1;
    ::waitpid(jobs[job], &status, 0);
    EXPECT_EQ(status, 0);  // a sanitizer's complaint, too
    ::close(pipes[job][0]);
  }
  std::filesystem::remove(copy);
  const double ratio = static_cast<double>(messages[0]) / messages[1];
  EXPECT_GT(ratio, 0.9) << messages[0] << " and " << messages[1];
  EXPECT_LT(ratio, 1.1) << messages[0] << " and " << messages[1];
  EXPECT_LE(messages[0] + messages[1], kBytesPerSecond * 1.6 / kSize);
}

}  // namespace
}  // namespace longhaul::net
