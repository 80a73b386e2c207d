#pragma once
#include <cstdint>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace longhaul::test {

/// Calls `act` with each input of a corpus that corpus.py packed: for each its length, 32 bits little-endian, then its
/// bytes.
/// @return inputs
template <class Act>
std::size_t replay(const std::string& path, const Act& act) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::size_t inputs = 0;
  for (unsigned char head[4]; file.read(reinterpret_cast<char*>(head), sizeof head); ++inputs) {
    std::vector<std::uint8_t> bytes(head[0] | head[1] << 8 | head[2] << 16);
    if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
      throw std::runtime_error(path + " ends within an input");
    act(std::span<const std::uint8_t>(bytes));
  }
  return inputs;
}

}  // namespace longhaul::test
