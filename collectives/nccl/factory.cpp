#include <fmt/format.h>

#include <exception>
#include <string>

#include "collectives/nccl/communicator.hpp"
#include "collectives/nccl/version.hpp"
#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// What `make` makes; null where it throws, and `status` says why.
template <class Make>
auto made(ModuleStatus* status, const Make& make) -> decltype(make()) {
  const auto tell = [status](ExitCode code, const char* text) {
    status->code = static_cast<int>(code);
    fmt::format_to_n(status->text, sizeof status->text - 1, "{}", text);
  };
  try {
    return make();
  } catch (const Error& error) {
    tell(error.exit_code(), error.what());
  } catch (const std::exception& error) {
    tell(ExitCode::environment, error.what());
  }
  return nullptr;
}

}  // namespace
}  // namespace longhaul

/// The module's doors.
extern "C" __attribute__((visibility("default"))) longhaul::Communicator* longhaul_nccl_communicator_1(
    const longhaul::NcclRequest* request, longhaul::ModuleStatus* status) {
  return longhaul::made(status, [&]() -> longhaul::Communicator* { return new longhaul::NcclCommunicator(*request); });
}

extern "C" __attribute__((visibility("default"))) const char* longhaul_nccl_library_1(longhaul::ModuleStatus* status) {
  return longhaul::made(status, [] {
    longhaul::nccl::require_supported();
    static const std::string name = longhaul::nccl::library_name();
    return name.c_str();
  });
}
