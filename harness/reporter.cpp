#include "harness/reporter.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace longhaul {
namespace {

class Quiet : public Reporter {
 public:
  void note(const std::string& line) override { fmt::print(stderr, "longhaul: {}\n", line); }
  void visited(const ProgressNews&) override {}
  void end() override {}
};

class Plain : public Reporter {
 public:
  void note(const std::string& line) override { fmt::print(stderr, "longhaul: {}\n", line); }
  void visited(const ProgressNews& news) override {
    const bool last = news.visits_done == news.visits_planned;
    if (news.elapsed - told_ < std::chrono::seconds(5) && !last) return;
    told_ = news.elapsed;
    fmt::print(stderr, "longhaul: {}\n", progress_line(news));
  }
  void end() override {}

 private:
  Duration told_{};
};

class Terminal : public Reporter {
 public:
  explicit Terminal(int columns) : columns_(columns) {}
  void note(const std::string& line) override {
    clear();
    fmt::print(stderr, "longhaul: {}\n", line);
  }
  void visited(const ProgressNews& news) override {
    clear();
    fmt::print(stderr, "{}", fitted(progress_line(news)));
    std::fflush(stderr);
    drawn_ = true;
  }
  void end() override { clear(); }

 private:
  void clear() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
    drawn_ = false;
  }
  /// Cut to the terminal's width: a line that wraps cannot be rewritten. Counts characters, not bytes.
  std::string fitted(const std::string& line) const {
    int characters = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      if ((static_cast<unsigned char>(line[i]) & 0xc0U) != 0x80U && ++characters >= columns_) return line.substr(0, i);
    return line;
  }
  int columns_;
  bool drawn_ = false;
};

}  // namespace

namespace {

/// "0:07", "12:30", "3:02:05": one width while it counts down.
std::string clock_text(Duration time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  const auto hours = seconds / 3600, minutes = seconds / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, seconds % 60)
                   : fmt::format("{}:{:02}", minutes, seconds % 60);
}

}  // namespace

std::string progress_line(const ProgressNews& news) {
  std::string line = fmt::format("round {}/{} · {} of ≤{} visits · {} of {} points converged", news.round, news.rounds,
                                 news.visits_done, news.visits_planned, news.points_converged, news.points);
  if (news.left >= Duration{0}) line += fmt::format(" · {} left", clock_text(news.left));
  line += fmt::format(" · {}", news.point);
  return std::isfinite(news.median) ? line + " " + format_duration(from_seconds(news.median)) : line;
}

int terminal_columns() {
  winsize size{};
  if (isatty(STDERR_FILENO) == 0) return 0;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::unique_ptr<Reporter> make_reporter(bool quiet, int columns) {
  if (quiet) return std::make_unique<Quiet>();
  if (columns > 0) return std::make_unique<Terminal>(columns);
  return std::make_unique<Plain>();
}

}  // namespace longhaul
