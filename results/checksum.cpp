#include "results/checksum.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace longhaul {
namespace {

constexpr const char* kTag = "LHcrc32:";
constexpr std::size_t kTrailer = 16;

std::string trailer(unsigned long sum) { return fmt::format("{}{:08x}", kTag, sum); }

unsigned long continued(unsigned long sum, const char* bytes, std::size_t count) {
  return crc32_z(sum, reinterpret_cast<const unsigned char*>(bytes), count);
}

}  // namespace

void append_checksum(std::vector<std::byte>& image) {
  const auto text = trailer(continued(0, reinterpret_cast<const char*>(image.data()), image.size()));
  for (const char letter : text) image.push_back(static_cast<std::byte>(letter));
}

std::optional<std::span<const std::byte>> without_checksum(std::span<const std::byte> image) {
  if (image.size() < kTrailer) return std::nullopt;
  const auto* const bytes = reinterpret_cast<const char*>(image.data());
  const auto size = image.size() - kTrailer;
  if (std::string_view(bytes + size, kTrailer) != trailer(continued(0, bytes, size))) return std::nullopt;
  return image.first(size);
}

Checksum verify_checksum(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(stream.tellg());
  if (!stream || size < static_cast<std::streamoff>(kTrailer)) return Checksum::absent;
  std::string found(kTrailer, '\0');
  stream.seekg(size - static_cast<std::streamoff>(kTrailer));
  stream.read(found.data(), kTrailer);
  if (!stream || !found.starts_with(kTag)) return Checksum::absent;
  stream.seekg(0);
  unsigned long sum = 0;
  std::string block(1 << 20, '\0');
  for (auto left = static_cast<std::size_t>(size) - kTrailer; left > 0;) {
    const std::size_t count = std::min(left, block.size());
    if (!stream.read(block.data(), static_cast<std::streamsize>(count))) return Checksum::differs;
    sum = continued(sum, block.data(), count);
    left -= count;
  }
  return found == trailer(sum) ? Checksum::matches : Checksum::differs;
}

}  // namespace longhaul
