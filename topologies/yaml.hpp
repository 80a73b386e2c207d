#pragma once
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topologies/error.hpp"
#include "topologies/text.hpp"
#include "topologies/units.hpp"

namespace longhaul {

struct YamlTree;

/// Files beyond this are refused before they are parsed.
constexpr std::size_t kLargestYaml = 1 << 20;

/// A value of a YAML file that knows where it stands, so that each complaint about it begins with file:line:column.
///
///   const auto root = YamlNode::load("plan.yaml");
///   root.expect_keys({"rounds", "budget", "sizes"});
///   const int rounds = root.get("rounds", 6, [](const YamlNode& node) { return node.integer(1, 100); });
///   const Duration budget = root.at("budget").duration();
///   for (const auto& size : root.at("sizes").items()) sizes.push_back(size.bytes());
///
/// Strict: every getter throws UsageError for a value of another kind. See yaml_tree.hpp for the subset of YAML.
class YamlNode {
 public:
  static YamlNode parse(std::string_view text, const std::string& source);
  /// @throws UsageError when the file cannot be read
  static YamlNode load(const std::string& path);

  /// "plan.yaml:14:13"
  std::string where() const;
  /// The value as messages show it: "bandwidth: 400 Gb", or "400 Gb" in a list.
  std::string quoted() const;
  /// @throws UsageError "plan.yaml:14:13: …", always
  template <class... Values>
  [[noreturn]] void fail(fmt::format_string<Values...> text, Values&&... values) const {
    throw UsageError("{}: {}", where(), one_line(fmt::format(text, std::forward<Values>(values)...)));
  }
  /// Runs parse(); a UsageError of it gets this node's position in front.
  template <class Parse>
  auto located(Parse parse) const {
    try {
      return parse();
    } catch (const UsageError& error) {
      fail("{}", error.what());
    }
  }

  bool is_map() const;
  bool is_list() const;

  // Of a map.

  /// @throws UsageError for a key that is not among them, with the nearest that is
  void expect_keys(const std::vector<std::string>& keys) const;
  std::vector<std::string> keys() const;
  bool has(std::string_view key) const;
  /// The value of a key that must be there.
  YamlNode at(std::string_view key) const;
  std::optional<YamlNode> find(std::string_view key) const;
  /// The value of a key as `read` gets it (a member such as &YamlNode::text, or any function), or `otherwise`.
  template <class Value, class Read>
  Value get(std::string_view key, Value otherwise, Read read) const {
    const auto node = find(key);
    return node ? Value(std::invoke(read, *node)) : std::move(otherwise);
  }

  // Of a list.

  std::vector<YamlNode> items() const;
  /// A list of texts; a single text counts as a list of one.
  std::vector<std::string> texts() const;

  // Of a scalar.

  std::string text() const;
  long long integer(long long least = std::numeric_limits<long long>::min(),
                    long long most = std::numeric_limits<long long>::max()) const;
  double number() const;
  bool boolean() const;
  /// One of these words.
  std::string choice(const std::vector<std::string>& words) const;
  Duration duration() const;
  Bytes bytes() const;
  BytesPerSecond rate() const;
  BytesPerSecond bandwidth() const;
  Kilometres length() const;
  Share share() const;

 private:
  YamlNode(std::shared_ptr<const YamlTree> tree, std::shared_ptr<const std::string> source);
  YamlNode child(std::size_t index) const;
  void require_map() const;
  std::string kind() const;

  std::shared_ptr<const YamlTree> tree_;  // keeps the whole document alive
  std::shared_ptr<const std::string> source_;
};

}  // namespace longhaul
