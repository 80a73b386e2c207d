#include "topologies/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "topologies/nearest.hpp"
#include "topologies/text.hpp"
#include "topologies/text_file.hpp"
#include "topologies/yaml_tree.hpp"

namespace longhaul {
namespace {

std::string range_text(long long least, long long most) {
  const bool from = least != std::numeric_limits<long long>::min(), to = most != std::numeric_limits<long long>::max();
  if (from && to) return fmt::format("a whole number from {} to {}", least, most);
  if (from) return fmt::format("a whole number of {} or more", least);
  if (to) return fmt::format("a whole number of at most {}", most);
  return "a whole number";
}

template <class Value>
std::optional<Value> whole_text(const std::string& text) {
  Value value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Text of the file on one line of a message, cut where it is long.
std::string shown(std::string text) {
  constexpr std::size_t longest = 80;
  text = one_line(std::move(text));
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

template <class Parse>
auto quantity(const YamlNode& node, Parse parse) {
  const auto text = node.text();
  const auto quoted = node.quoted();
  constexpr std::size_t longest = 100;
  if (text.size() > longest) node.fail("'{}' is too long for a number and a unit", quoted);
  return node.located([&] { return parse(text, quoted); });
}

}  // namespace

YamlNode::YamlNode(std::shared_ptr<const YamlTree> tree, std::shared_ptr<const std::string> source)
    : tree_(std::move(tree)), source_(std::move(source)) {}

YamlNode YamlNode::parse(std::string_view text, const std::string& source) {
  return {parse_yaml(text, source), std::make_shared<const std::string>(source)};
}

YamlNode YamlNode::load(const std::string& path) { return parse(read_text_file(path, kLargestYaml), path); }

std::string YamlNode::where() const { return fmt::format("{}:{}:{}", *source_, tree_->line, tree_->column); }

std::string YamlNode::quoted() const {
  auto value = tree_->kind == YamlTree::Kind::scalar ? shown(tree_->text) : std::string{};
  if (tree_->key.empty()) return value;
  return fmt::format("{}:{}{}", shown(tree_->key), value.empty() ? "" : " ", value);
}

std::string YamlNode::kind() const {
  switch (tree_->kind) {
    case YamlTree::Kind::null: return "nothing";
    case YamlTree::Kind::scalar: return fmt::format("'{}'", shown(tree_->text));
    case YamlTree::Kind::list: return "a list";
    case YamlTree::Kind::map: break;
  }
  return "a map";
}

bool YamlNode::is_map() const { return tree_->kind == YamlTree::Kind::map; }
bool YamlNode::is_list() const { return tree_->kind == YamlTree::Kind::list; }

YamlNode YamlNode::child(std::size_t index) const {
  return {std::shared_ptr<const YamlTree>(tree_, &tree_->children[index]), source_};
}

void YamlNode::require_map() const {
  if (is_map()) return;
  const auto name = tree_->key.empty() ? std::string{} : fmt::format("'{}' ", tree_->key);
  fail("{}holds {}; expected a map of 'key: value'", name, kind());
}

void YamlNode::expect_keys(const std::vector<std::string>& keys) const {
  require_map();
  for (const auto& key : tree_->keys) {
    if (std::find(keys.begin(), keys.end(), key.name) != keys.end()) continue;
    throw UsageError("{}:{}:{}: unknown key '{}'; {}expected one of {}", *source_, key.line, key.column,
                     shown(key.name), did_you_mean(key.name, keys), fmt::join(keys, ", "));
  }
}

std::vector<std::string> YamlNode::keys() const {
  require_map();
  std::vector<std::string> names;
  for (const auto& key : tree_->keys) names.push_back(key.name);
  return names;
}

std::optional<YamlNode> YamlNode::find(std::string_view key) const {
  require_map();
  for (std::size_t i = 0; i < tree_->keys.size(); ++i)
    if (tree_->keys[i].name == key) return child(i);
  return std::nullopt;
}

bool YamlNode::has(std::string_view key) const { return find(key).has_value(); }

YamlNode YamlNode::at(std::string_view key) const {
  if (auto node = find(key)) return *node;
  fail("key '{}' is missing{}", key, tree_->key.empty() ? "" : fmt::format(" in '{}'", tree_->key));
}

std::vector<YamlNode> YamlNode::items() const {
  if (!is_list()) {
    const auto name = tree_->key.empty() ? std::string{} : fmt::format("'{}' ", tree_->key);
    fail("{}holds {}; expected a list", name, kind());
  }
  std::vector<YamlNode> nodes;
  for (std::size_t i = 0; i < tree_->children.size(); ++i) nodes.push_back(child(i));
  return nodes;
}

std::vector<std::string> YamlNode::texts() const {
  if (tree_->kind == YamlTree::Kind::scalar) return {text()};
  std::vector<std::string> texts;
  for (const auto& item : items()) texts.push_back(item.text());
  return texts;
}

std::string YamlNode::text() const {
  if (tree_->kind == YamlTree::Kind::scalar && !tree_->text.empty()) return tree_->text;
  const auto found = tree_->kind == YamlTree::Kind::scalar ? "nothing" : kind();
  if (tree_->key.empty()) fail("found {}; expected a value", found);
  fail("'{}' holds {}; expected a value", tree_->key, found);
}

long long YamlNode::integer(long long least, long long most) const {
  const auto value = whole_text<long long>(text());
  if (!value || *value < least || *value > most)
    fail("bad value in '{}'; expected {}", quoted(), range_text(least, most));
  return *value;
}

double YamlNode::number() const {
  const auto value = whole_text<double>(text());
  if (!value || !std::isfinite(*value)) fail("bad value in '{}'; expected a number", quoted());
  return *value;
}

bool YamlNode::boolean() const { return choice({"true", "false"}) == "true"; }

std::string YamlNode::choice(const std::vector<std::string>& words) const {
  const auto word = text();
  if (std::find(words.begin(), words.end(), word) != words.end()) return word;
  fail("unknown value in '{}'; {}expected one of {}", quoted(), did_you_mean(word, words), fmt::join(words, ", "));
}

Duration YamlNode::duration() const { return quantity(*this, parse_duration); }
Bytes YamlNode::bytes() const { return quantity(*this, parse_bytes); }
BytesPerSecond YamlNode::rate() const { return quantity(*this, parse_rate); }
BytesPerSecond YamlNode::bandwidth() const { return quantity(*this, parse_bandwidth); }
Kilometres YamlNode::length() const { return quantity(*this, parse_length); }
Share YamlNode::share() const { return quantity(*this, parse_share); }

}  // namespace longhaul
