#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topologies/wan_control.hpp"
#include "topologies/wan_setting.hpp"

namespace longhaul {

/// The talk between a program and the emulator over a unix stream socket: frames of a length (4 bytes, big endian) and
/// that many bytes of JSON; each request gets one answer.
///
///   {"do": "ping"} · {"do": "reset"} · {"do": "report"} ·
///   {"do": "apply", "id": "+10ms", "pairs": [[a, b, rtt in ns, jitter in ns, loss, rate in B/s], …], "queue": [ns, B],
///    "seed": 1} · {"do": "schedule", "events": [[ns from now, kind, link, protection in ns, rate share, loss], …]}
///   {"ok": true, "report": {…}} · {"error": "…"}
inline constexpr std::size_t kLargestFrame = 1 << 20;

std::string framed(std::string_view payload);

/// Takes bytes as they come and gives whole frames.
class FrameReader {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  /// The next frame's payload, if it is there whole.
  /// @throws EnvironmentError for a frame longer than kLargestFrame
  std::optional<std::string> next();

 private:
  std::string bytes_;
};

/// What the emulator can be asked.
class WanEngine {
 public:
  virtual ~WanEngine() = default;
  virtual void apply(const WanSetting& setting) = 0;
  /// @param events  their times counted from now
  virtual void schedule(std::vector<wan::Event> events) = 0;
  virtual void reset_counters() = 0;
  virtual WanReport report() const = 0;
};

/// The answer to a request, also to one that cannot be read.
std::string answer(WanEngine& engine, const std::string& request);

std::string ping_request();
std::string reset_request();
std::string report_request();
std::string apply_request(const WanSetting& setting);
std::string schedule_request(std::span<const wan::Event> events);

/// The report in an answer (empty where the answer carries none).
/// @throws EnvironmentError with the emulator's words when it refused, or when the answer cannot be read
WanReport read_answer(const std::string& answer);

}  // namespace longhaul
