#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "topologies/error.hpp"
#include "topologies/lab/control_protocol.hpp"
#include "topologies/lab/fd.hpp"
#include "topologies/lab/lab.hpp"
#include "topologies/lab/socket_address.hpp"
#include "topologies/lab/state.hpp"

namespace longhaul {
namespace {

/// The emulator answers within a turn of its loop; a stalled machine may take it away for a while.
constexpr timeval kPatience{10, 0};

class LabControl : public WanControl {
 public:
  explicit LabControl(const LabFabric& fabric) : scale_(fabric.scale), socket_path_(control_socket(fabric.folder)) {
    socket_ = Fd(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a unix socket"));
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
      checked(::setsockopt(socket_.get(), SOL_SOCKET, option, &kPatience, sizeof kPatience), "set a socket's timeout");
    const auto address = socket_address(socket_path_);
    checked(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            "reach the WAN emulator at " + socket_path_.string());
    ask(ping_request());
  }

  std::string engine() const override { return "lab"; }
  int scale() const override { return scale_; }
  WanAbility ability() const override {
    return {.rtt = true, .rate = true, .jitter = true, .loss = true, .queue = true, .events = true};
  }
  void apply(const WanSetting& setting) override { ask(apply_request(setting)); }
  void schedule(std::span<const wan::Event> events) override { ask(schedule_request(events)); }
  void reset_counters() override { ask(reset_request()); }
  WanReport report() override { return ask(report_request()); }

 private:
  WanReport ask(const std::string& request) {
    const auto frame = framed(request);
    if (::send(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) gone();
    for (;;) {
      if (const auto reply = reader_.next()) return read_answer(*reply);
      char buffer[65536];
      const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) gone();
      reader_.add({buffer, static_cast<std::size_t>(got)});
    }
  }

  [[noreturn]] void gone() const {
    throw EnvironmentError("the WAN emulator at {} does not answer; the lab has ended or its machine is stuck",
                           socket_path_.string());
  }

  int scale_;
  std::filesystem::path socket_path_;
  Fd socket_;
  FrameReader reader_;
};

}  // namespace

std::unique_ptr<WanControl> connect_lab(const LabFabric& fabric) { return std::make_unique<LabControl>(fabric); }

}  // namespace longhaul
