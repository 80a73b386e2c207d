#include "topologies/text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "topologies/error.hpp"
#include "topologies/units.hpp"

namespace longhaul {

std::string read_text_file(const std::string& path, std::size_t limit) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) throw UsageError("cannot read '{}': {}", path, std::strerror(errno));
  std::string text(limit + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get())) throw UsageError("cannot read '{}': {}", path, std::strerror(errno));
  if (text.size() > limit) throw UsageError("'{}' is larger than {}", path, format_bytes({limit}));
  return text;
}

void write_text_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) throw EnvironmentError("cannot write '{}': {}", path, std::strerror(errno));
}

}  // namespace longhaul
