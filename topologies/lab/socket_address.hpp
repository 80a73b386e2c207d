#pragma once
#include <sys/un.h>

#include <filesystem>

namespace longhaul {

/// @throws EnvironmentError for a path longer than the kernel takes (107 bytes)
sockaddr_un socket_address(const std::filesystem::path& path);

}  // namespace longhaul
