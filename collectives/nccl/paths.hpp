#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace longhaul::nccl {

/// What NCCL's log (NCCL_DEBUG=INFO) says of its connections, gathered line by line. Lines that it looks for:
///   "NET/IB : Using [0]mlx5_0:1/RoCE [1]mlx5_1:1/RoCE [RO]; OOB eth0:10.0.0.1<0>"     names of devices
///   "Channel 00/0 : 0[0] -> 8[0] [send] via NET/IB/1/GDRDMA"                            a connection; /1 is the device
///   "Channel 00/0 : 0[0] -> 8[0] [send] via NET/IB/1(3)/GDRDMA"                         … by the proxy of rank 3 (PXN)
///   "Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM"
class Paths {
 public:
  /// What networks name their devices, and nothing else: NCCL logs it once a process.
  Paths devices() const;
  void read(std::string_view text);
  /// "NET/IB/GDRDMA,P2P/CUMEM"; "unknown" where no connection was logged.
  std::string transports() const;
  /// "mlx5_1:1"; "none" where connections cross no network, "unknown" where no connection was logged.
  std::string nics() const;

 private:
  void read_line(std::string_view line);
  void name_devices(std::string_view net, std::string_view list);
  void add_network(std::string_view path);

  std::map<std::string, std::string, std::less<>> devices_;  ///< "IB/1" → "mlx5_1:1"
  std::set<std::string> transports_, nics_;
};

}  // namespace longhaul::nccl
