#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace longhaul {

/// A JSON document as it lies in a text.
struct JsonDocument {
  nlohmann::json value;                ///< of one that breaks off: whatever of it is whole; null where nothing is
  bool is_whole = true;                ///< else its text ends before it does
  std::size_t first = 1, last = 1;     ///< lines of the text
  std::vector<std::size_t> row_lines;  ///< of each element of its list `rows`
};

struct JsonDocuments {
  std::vector<JsonDocument> documents;
  std::vector<std::size_t> strays;  ///< lines between them that hold none
};

/// All documents of a text, one after the other, each an object. One that was left open ends where the next begins in a
/// line's first column.
/// @param rows  the list, a member of the document, whose elements' lines are asked for
JsonDocuments json_documents(std::string_view text, std::string_view rows);

}  // namespace longhaul
