#pragma once
#include <string>

namespace longhaul::doubles {

/// A line of NCCL's log where NCCL_DEBUG=INFO asks for one: into NCCL_DEBUG_FILE (%h host, %p process), read with the
/// first, else to stdout.
void log_info(const std::string& text);

}  // namespace longhaul::doubles
