#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace longhaul {

/// Where text stops being well-formed UTF-8 (RFC 3629) without control characters other than tab and line ends.
std::optional<std::size_t> first_byte_not_text(std::string_view text);

/// Characters of UTF-8 text, which for all we print is columns on a terminal: "392 µs" has six.
std::size_t text_width(std::string_view text);

}  // namespace longhaul
