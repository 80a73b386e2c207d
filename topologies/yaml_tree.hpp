#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace longhaul {

/// A parsed YAML document as plain values: what YamlNode walks over. Lines and columns count from 1.
struct YamlTree {
  enum class Kind { null, scalar, list, map };
  struct Key {
    std::string name;
    int line = 0, column = 0;
  };
  Kind kind = Kind::null;
  std::string text;                ///< of a scalar
  std::string key;                 ///< under which it stands in its map; empty elsewhere
  int line = 0, column = 0;        ///< where the value begins; of its key where there is no value
  std::vector<Key> keys;           ///< of a map, beside `children`
  std::vector<YamlTree> children;  ///< values of a map, items of a list
};

/// Parse one document of a strict subset of YAML: no anchors, aliases or tags, no duplicate keys, at most 1 MiB of
/// UTF-8 text and 32 levels. What is left cannot grow beyond its own length.
/// @param source  the file's name, for messages
/// @throws UsageError with file, line and column
std::shared_ptr<const YamlTree> parse_yaml(std::string_view text, const std::string& source);

}  // namespace longhaul
