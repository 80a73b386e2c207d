#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace longhaul {

/// Where text stops being well-formed UTF-8 (RFC 3629) without control characters other than tab and line ends.
std::optional<std::size_t> first_byte_not_text(std::string_view text);

/// Characters of UTF-8 text, which for all we print is columns on a terminal: "392 µs" has six.
std::size_t text_width(std::string_view text);

/// Filled with blanks to a width, behind, before or at both ends; text as wide or wider stays as it is.
std::string padded(std::string_view text, std::size_t width);
std::string padded_left(std::string_view text, std::size_t width);
std::string centred(std::string_view text, std::size_t width);
/// Cut to a width ≥ 1, the last character then an ellipsis.
std::string shortened(std::string_view text, std::size_t width);
/// As much of the beginning as fits into so many bytes, whole characters only.
std::string_view first_bytes(std::string_view text, std::size_t bytes);
/// The same text so many times.
std::string repeated(std::string_view text, std::size_t times);

}  // namespace longhaul
