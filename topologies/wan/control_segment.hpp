#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "topologies/wan/clock.hpp"
#include "topologies/wan/shared_rate.hpp"

namespace longhaul::wan {

/// What a host's processes share about the WAN: a flat file in /dev/shm, mode 0600, that a run writes and the network
/// plugin in any process reads. All of it is valid at any time; a process that dies leaves nothing to repair.
///
/// Each host has its own, so that a rate holds for all processes of that host together. Times are of the machine's
/// monotonic clock and are never compared with another host's.
constexpr std::size_t kMaxSites = 16;
constexpr std::size_t kMaxOutages = 8;
constexpr std::size_t kMaxLinks = 128;  ///< of the topology, for whoever changes the WAN

/// When a request to send is over: when the bytes are buffered, or when the other side has acknowledged them.
enum class Completion : std::uint32_t { socket = 0, rdma = 1 };

/// A time in which nothing gets through.
struct Outage {
  std::atomic<std::int64_t> begin{0}, end{0};  ///< ns; empty where end ≤ begin
};

/// Counts of releases by lateness: bucket i holds those of 2^(i/4) ns and a little more.
struct SharedLateness {
  std::array<std::atomic<std::uint64_t>, 160> counts{};
  std::atomic<std::int64_t> max{0};  ///< ns
};

/// From one site to another.
struct SharedWay {
  std::atomic<std::int64_t> delay{0};   ///< ns, one way
  std::atomic<std::int64_t> jitter{0};  ///< ns, at most, on top
  std::atomic<double> loss{0};          ///< share of wire packets
  SharedRate rate;                      ///< of all processes of this host together
  std::array<Outage, kMaxOutages> outages;
  std::atomic<std::uint64_t> bytes{0}, messages{0}, stalls{0};  ///< sent since the last reset; stalls: lost or cut off
};

/// What became of one of the topology's links, so that another writer can go on from it.
struct SharedLink {
  std::atomic<bool> down{false}, avoided{false};
  std::atomic<double> rate_share{1}, loss{0};
};

/// Text for people and for the next writer. A reader may see it half written, but always with an end.
template <std::size_t Size>
struct SharedText {
  std::array<char, Size> letters{};
  void set(const std::string& text) {
    letters.fill('\0');
    text.copy(letters.data(), Size - 1);
  }
  std::string get() const { return letters.data(); }
};

/// The file's contents.
struct ControlSegment {
  static constexpr std::uint64_t kMagic = 0x33304e4148474e4cULL;  // "LNGHAN03"
  std::uint64_t magic = kMagic;
  std::uint64_t bytes = sizeof(ControlSegment);
  std::uint32_t sites = 0;
  std::int32_t own_site = -1;  ///< of this host's processes, where LONGHAUL_NET_SITE does not say otherwise
  std::uint32_t kept = 0;      ///< 1: stays when no process uses it; 0: the last one removes it
  std::atomic<std::uint32_t> completion{0};
  std::atomic<std::uint32_t> sockets{1};     ///< of a connection; for those made from now on
  std::atomic<std::uint64_t> generation{0};  ///< raised by every change
  std::atomic<std::uint64_t> seed{1};        ///< of jitter and loss; chance starts anew when it changes
  SharedLateness lateness;                   ///< of what this host's processes received
  SharedText<64> topology;                   ///< name
  SharedText<256> setting;                   ///< id of the one in force
  std::array<SharedText<64>, kMaxSites> site_names;
  std::array<SharedLink, kMaxLinks> links;  ///< in the topology's order
  std::array<SharedWay, kMaxSites * kMaxSites> ways;

  SharedWay& way(std::size_t from, std::size_t to) { return ways[from * kMaxSites + to]; }
  const SharedWay& way(std::size_t from, std::size_t to) const { return ways[from * kMaxSites + to]; }
};

/// A segment that is mapped, and locked as in use for as long as this object lives. The last user removes the file,
/// unless it is kept; what a kill left behind, remove_unused_segments() takes away.
class MappedSegment {
 public:
  struct Failure {
    std::string text;
  };

  /// A new one under a name of its own: /dev/shm/longhaul-net-<user>-<tag>.
  /// @param tag  letters, digits and dashes
  /// @throws Failure
  static MappedSegment create(const std::string& tag, std::size_t sites, bool kept);
  /// One that there is. Refuses a file of another user, size or version.
  /// @throws Failure
  static MappedSegment open(const std::string& path);

  MappedSegment(MappedSegment&& other) noexcept;
  MappedSegment& operator=(MappedSegment&& other) noexcept;
  ~MappedSegment();

  ControlSegment& operator*() const { return *segment_; }
  ControlSegment* operator->() const { return segment_; }
  const std::string& path() const { return path_; }

 private:
  MappedSegment(std::string path, int fd, ControlSegment* segment);
  void release() noexcept;

  std::string path_;
  int fd_ = -1;
  ControlSegment* segment_ = nullptr;
};

/// Paths of this user's segments on this host, by name.
std::vector<std::string> segments();
/// No process has it mapped.
bool is_unused(const std::string& path);

/// Removes this user's segments that no process uses and that are not kept; also the kept ones where asked to.
/// @return paths that were removed
std::vector<std::string> remove_unused_segments(bool also_kept = false);

/// Nothing is imposed any more: no delay, chance, rate or cut between any sites.
void neutralise(ControlSegment& segment);

/// Count one release.
void add(SharedLateness& lateness, Duration late);
/// The least bound that at least `share` of the releases kept; 0 without releases.
Duration quantile(const SharedLateness& lateness, double share);
std::uint64_t count(const SharedLateness& lateness);
/// All buckets, for another host; and what another host counted.
std::vector<std::uint64_t> counts_of(const SharedLateness& lateness);
void add(SharedLateness& lateness, const std::vector<std::uint64_t>& counts, Duration max);
void reset(SharedLateness& lateness);

}  // namespace longhaul::wan
