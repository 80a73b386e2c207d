#include <fmt/format.h>

#include <exception>

#include "collectives/nccl/communicator.hpp"
#include "topologies/error.hpp"

/// The module's one door.
extern "C" __attribute__((visibility("default"))) longhaul::Communicator* longhaul_nccl_communicator_1(
    const longhaul::NcclRequest* request, longhaul::ModuleStatus* status) {
  using namespace longhaul;
  const auto tell = [status](ExitCode code, const char* text) {
    status->code = static_cast<int>(code);
    fmt::format_to_n(status->text, sizeof status->text - 1, "{}", text);
  };
  try {
    return new NcclCommunicator(*request);
  } catch (const Error& error) {
    tell(error.exit_code(), error.what());
  } catch (const std::exception& error) {
    tell(ExitCode::environment, error.what());
  }
  return nullptr;
}
