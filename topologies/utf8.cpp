#include "topologies/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace longhaul {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }
bool continues(std::string_view text, std::size_t at) { return at < text.size() && (byte_at(text, at) & 0xC0) == 0x80; }

/// Bytes of the character that begins here; 0 where none does.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto first = byte_at(text, at);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : (first == '\t' || first == '\n' || first == '\r');
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  std::uint32_t code = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text, at + i)) return 0;
    code = code << 6 | (byte_at(text, at + i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return overlong || surrogate || code > 0x10FFFF ? 0 : length;
}

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::optional<std::size_t> first_byte_not_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text_width(text)), ' ');
}

std::string padded_left(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, text_width(text)), ' ').append(text);
}

std::string centred(std::string_view text, std::size_t width) {
  const auto blanks = width - std::min(width, text_width(text));
  return padded(std::string(blanks / 2, ' ').append(text), width);
}

std::string shortened(std::string_view text, std::size_t width) {
  if (text_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t characters = 0; characters < width; ++characters)  // the beginning of character number `width`
    do ++end;
    while (end < text.size() && !starts_character(text[end]));
  while (!starts_character(text[--end])) continue;  // room for the ellipsis
  return std::string(text.substr(0, end)) + "…";
}

std::string_view first_bytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && !starts_character(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace longhaul
