#include "results/stated_length.hpp"

#include <array>
#include <cstddef>
#include <fstream>
#include <string_view>

namespace longhaul {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr std::size_t kHead = 52;

/// Where the end-of-file address stands, by the superblock's version, with addresses of eight bytes.
constexpr std::array<std::size_t, 4> kEndOfFile{40, 44, 28, 28};
constexpr std::array<std::size_t, 4> kSizeOfAddresses{13, 13, 9, 9};

}  // namespace

std::optional<std::uint64_t> stated_length(const std::filesystem::path& file) {
  std::array<char, kHead> head{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(head.data(), head.size())) return std::nullopt;
  const auto version = static_cast<std::size_t>(static_cast<unsigned char>(head[kSignature.size()]));
  if (std::string_view(head.data(), kSignature.size()) != kSignature || version >= kEndOfFile.size())
    return std::nullopt;
  if (head[kSizeOfAddresses[version]] != 8) return std::nullopt;
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(head[kEndOfFile[version] + i]);
  return length;
}

}  // namespace longhaul
