#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// Without the blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// The parts between separators, each trimmed; one empty part for empty text.
std::vector<std::string> split(std::string_view text, char separator);

/// Line ends and other control characters made blanks: for messages that quote what someone wrote.
std::string one_line(std::string text);

/// "1 host", "2 hosts".
std::string counted(std::size_t count, std::string_view what);

}  // namespace longhaul
