#include <sys/wait.h>

#include <thread>

#include "pair.hpp"

namespace longhaul::net {
namespace {

using namespace std::chrono_literals;
using test::Pair;
using test::Variable;

/// A job of its own: sends for a second as fast as it may, over so many connections, and tells how many messages.
int messages_of_a_job(const std::string& path, const std::string& copy, int connections) {
  const Variable control("LONGHAUL_NET_CONTROL", path);
  const auto load = [](const std::string& file, const char* site) {
    const Variable number("LONGHAUL_NET_SITE", site);
    return std::make_unique<LoadedPlugin>(file);
  };
  const auto here = load(test::plugin_path, "0"), there = load(copy, "1");
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < connections; ++i) pairs.push_back(std::make_unique<Pair>(*here, *there));
  std::vector<std::byte> data(20'000), got(data.size());
  std::vector<void*> sends(pairs.size()), receives(pairs.size());
  int received = 0;
  for (const auto end = now() + 1500ms; now() < end; std::this_thread::yield())
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (receives[i] == nullptr) receives[i] = pairs[i]->receive(got.data(), got.size());
      if (sends[i] == nullptr) sends[i] = pairs[i]->send(data.data(), data.size());
      if (pairs[i]->over(sends[i])) sends[i] = nullptr;
      if (!pairs[i]->over(receives[i])) continue;
      receives[i] = nullptr;
      ++received;
    }
  return received;
}

/// One with one connection and one with three: each gets half of the link.
TEST(PluginShare, TwoJobsOfAHostShareALinkFairlyWhateverTheirConnections) {
  auto control = wan::MappedSegment::create(test::tag_of_test(), 2, false);
  control->way(0, 1).rate.bytes_per_second = 20'000'000;
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
    EXPECT_EQ(::read(pipes[job][0], &messages[job], sizeof messages[job]), static_cast<ssize_t>(sizeof(int)));
    ::waitpid(jobs[job], nullptr, 0);
    ::close(pipes[job][0]);
    ::close(pipes[job][1]);
  }
  std::filesystem::remove(copy);
  const double ratio = static_cast<double>(messages[0]) / messages[1];
  EXPECT_GT(ratio, 0.9) << messages[0] << " and " << messages[1];
  EXPECT_LT(ratio, 1.1) << messages[0] << " and " << messages[1];
  EXPECT_LE(messages[0] + messages[1], 20'000'000 * 1.6 / 20'000);
}

}  // namespace
}  // namespace longhaul::net
