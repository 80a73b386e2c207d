#include "topologies/wan/control_segment.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <new>
#include <utility>

namespace longhaul::wan {
namespace {

constexpr const char* kFolder = "/dev/shm";

std::string prefix() { return "longhaul-net-" + std::to_string(::getuid()) + "-"; }

[[noreturn]] void fail(const std::string& what) { throw MappedSegment::Failure{what + ": " + std::strerror(errno)}; }

/// An open file that is closed unless it is taken.
struct Opened {
  int fd;
  ~Opened() {
    if (fd >= 0) ::close(fd);
  }
  int take() { return std::exchange(fd, -1); }
};

ControlSegment* map(int fd, const std::string& path) {
  void* const memory = ::mmap(nullptr, sizeof(ControlSegment), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) fail("cannot map " + path);
  return static_cast<ControlSegment*>(memory);
}

/// The file under this name is still the one that was opened: another user may have removed it between open and lock.
bool still_named(int fd, const std::string& path) {
  struct stat own {
  }, named{};
  return ::fstat(fd, &own) == 0 && ::stat(path.c_str(), &named) == 0 && own.st_ino == named.st_ino;
}

void expect_own_segment(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail("cannot look at " + path);
  if (status.st_uid != ::getuid() || !S_ISREG(status.st_mode) ||
      status.st_size != static_cast<off_t>(sizeof(ControlSegment)))
    throw MappedSegment::Failure{path + " is no control segment of this user and this version of longhaul"};
}

}  // namespace

MappedSegment::MappedSegment(std::string path, int fd, ControlSegment* segment)
    : path_(std::move(path)), fd_(fd), segment_(segment) {}

MappedSegment::MappedSegment(MappedSegment&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      segment_(std::exchange(other.segment_, nullptr)) {}

MappedSegment& MappedSegment::operator=(MappedSegment&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(segment_, other.segment_);
  return *this;
}

MappedSegment::~MappedSegment() { release(); }

void MappedSegment::release() noexcept {
  if (fd_ < 0) return;
  const bool kept = segment_->kept != 0;
  ::munmap(segment_, sizeof(ControlSegment));
  // Shared locks of the others stand in the way of an exclusive one; a killed process holds none.
  if (!kept && ::flock(fd_, LOCK_EX | LOCK_NB) == 0 && still_named(fd_, path_)) ::unlink(path_.c_str());
  ::close(fd_);
  fd_ = -1;
}

MappedSegment MappedSegment::create(const std::string& tag, std::size_t sites, bool kept) {
  if (sites > kMaxSites)
    throw Failure{"a control segment holds " + std::to_string(kMaxSites) + " sites, and this topology has " +
                  std::to_string(sites)};
  const std::string path = std::string(kFolder) + "/" + prefix() + tag;
  // Without a name until it is locked and whole: another job's cleaning would take it for a dead one's.
  Opened file{::open(kFolder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (file.fd < 0 || ::flock(file.fd, LOCK_SH) != 0 || ::ftruncate(file.fd, sizeof(ControlSegment)) != 0)
    fail("cannot create " + path);
  MappedSegment created(path, file.fd, new (map(file.fd, path)) ControlSegment);
  file.take();
  created->sites = static_cast<std::uint32_t>(sites);
  created->kept = kept ? 1 : 0;
  const auto nameless = "/proc/self/fd/" + std::to_string(created.fd_);
  if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0)
    fail("cannot create " + path);
  return created;
}

MappedSegment MappedSegment::open(const std::string& path) {
  Opened file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  if (file.fd < 0) fail("cannot open " + path);
  expect_own_segment(file.fd, path);
  if (::flock(file.fd, LOCK_SH) != 0) fail("cannot lock " + path);
  if (!still_named(file.fd, path)) throw Failure{path + " has just been removed"};
  auto* const segment = map(file.fd, path);
  if (segment->magic != ControlSegment::kMagic || segment->bytes != sizeof(ControlSegment) ||
      segment->sites > kMaxSites) {
    ::munmap(segment, sizeof(ControlSegment));
    throw Failure{path + " is no control segment of this version of longhaul"};
  }
  return {path, file.take(), segment};
}

std::vector<std::string> segments() {
  std::vector<std::string> paths;
  DIR* const folder = ::opendir(kFolder);
  if (folder == nullptr) return paths;
  while (const dirent* entry = ::readdir(folder))
    if (std::strncmp(entry->d_name, prefix().c_str(), prefix().size()) == 0)
      paths.push_back(std::string(kFolder) + "/" + entry->d_name);
  ::closedir(folder);
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_unused(const std::string& path) {
  const Opened file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  return file.fd >= 0 && ::flock(file.fd, LOCK_EX | LOCK_NB) == 0;
}

std::vector<std::string> remove_unused_segments(bool also_kept) {
  std::vector<std::string> removed;
  for (const auto& path : segments()) {
    const Opened file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (file.fd < 0 || ::flock(file.fd, LOCK_EX | LOCK_NB) != 0 || !still_named(file.fd, path)) continue;
    std::uint32_t kept = 0;
    ::pread(file.fd, &kept, sizeof kept, offsetof(ControlSegment, kept));
    if (kept != 0 && !also_kept) continue;
    if (::unlink(path.c_str()) == 0) removed.push_back(path);
  }
  return removed;
}

void neutralise(ControlSegment& segment) {
  for (auto& way : segment.ways) {
    way.delay = way.jitter = 0;
    way.loss = 0;
    way.rate.bytes_per_second = 0;
    for (auto& outage : way.outages) outage.end = 0;
  }
  for (auto& link : segment.links) {
    link.down = link.avoided = false;
    link.rate_share = 1;
    link.loss = 0;
  }
  segment.setting.set("");
  segment.generation.fetch_add(1);
}

void add(SharedLateness& lateness, Duration late) {
  const auto nanoseconds = std::max<std::int64_t>(late.count(), 1);
  const auto bucket = static_cast<std::size_t>(std::log2(static_cast<double>(nanoseconds)) * 4);
  lateness.counts[std::min(bucket, lateness.counts.size() - 1)].fetch_add(1, std::memory_order_relaxed);
  auto max = lateness.max.load(std::memory_order_relaxed);
  while (max < nanoseconds && !lateness.max.compare_exchange_weak(max, nanoseconds, std::memory_order_relaxed)) {
  }
}

std::uint64_t count(const SharedLateness& lateness) {
  std::uint64_t all = 0;
  for (const auto& each : lateness.counts) all += each.load(std::memory_order_relaxed);
  return all;
}

std::vector<std::uint64_t> counts_of(const SharedLateness& lateness) {
  std::vector<std::uint64_t> all;
  for (const auto& each : lateness.counts) all.push_back(each.load(std::memory_order_relaxed));
  return all;
}

void add(SharedLateness& lateness, const std::vector<std::uint64_t>& counts, Duration max) {
  for (std::size_t i = 0; i < std::min(counts.size(), lateness.counts.size()); ++i)
    lateness.counts[i].fetch_add(counts[i], std::memory_order_relaxed);
  if (!counts.empty() && lateness.max < max.count()) lateness.max = max.count();
}

Duration quantile(const SharedLateness& lateness, double share) {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count(lateness))));
  if (wanted == 0) return Duration::zero();
  const auto max = lateness.max.load(std::memory_order_relaxed);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < lateness.counts.size(); ++i) {
    seen += lateness.counts[i].load(std::memory_order_relaxed);
    if (seen >= wanted) {
      const double bound = std::exp2((static_cast<double>(i) + 1) / 4);
      return Duration(std::min(max, static_cast<std::int64_t>(bound)));
    }
  }
  return Duration(max);
}

void reset(SharedLateness& lateness) {
  for (auto& each : lateness.counts) each.store(0, std::memory_order_relaxed);
  lateness.max.store(0, std::memory_order_relaxed);
}

}  // namespace longhaul::wan
