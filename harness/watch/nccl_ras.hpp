#pragma once
#include <string>

namespace longhaul {

/// What NCCL's RAS thread of this host's processes says of its communicators, as JSON; empty where nothing answers
/// within two seconds (NCCL before 2.28.7, RAS switched off, another process's NCCL). Address: $NCCL_RAS_ADDR, else
/// localhost:28028. Source: NCCL, src/ras/client.cc.
std::string ask_nccl_ras();

}  // namespace longhaul
