#include "topologies/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "topologies/error.hpp"
#include "topologies/text.hpp"
#include "topologies/utf8.hpp"
#include "topologies/yaml.hpp"

namespace longhaul {
namespace {

constexpr std::size_t kDeepest = 32;

/// Builds the tree from the parser's events; whatever the subset lacks ends the parse at its position.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const std::string& source) : source_(source) {}
  YamlTree take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(YamlTree::Kind::null, mark, anchor, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { refuse_anchor(mark, anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    if (awaits_key()) {
      refuse_anchor(mark, anchor);
      add_key(mark, value);
    } else {
      leaf(YamlTree::Kind::scalar, mark, anchor, value);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    branch(YamlTree::Kind::list, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    branch(YamlTree::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) const {
    throw UsageError("{}:{}:{}: {}", source_, mark.line + 1, mark.column + 1, one_line(message));
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor) fail(mark, "anchors (&) and aliases (*) are not supported; write the value out");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    // yaml-cpp hands "?" for untagged and "!" for quoted values.
    if (!tag.empty() && tag != "?" && tag != "!") fail(mark, fmt::format("tag '{}' is not supported; remove it", tag));
  }
  bool awaits_key() const {
    return !open_.empty() && open_.back().kind == YamlTree::Kind::map &&
           open_.back().keys.size() == open_.back().children.size();
  }

  void add_key(const YAML::Mark& mark, const std::string& name) {
    auto& keys = open_.back().keys;
    const auto same = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.name == name; });
    if (same != keys.end())
      fail(mark, fmt::format("duplicate key '{}'; it is set in line {} already", name, same->line));
    constexpr std::size_t most_keys = 4096;  // the search above takes quadratic time
    if (keys.size() == most_keys) fail(mark, fmt::format("more than {} keys in one map", most_keys));
    keys.push_back({name, mark.line + 1, mark.column + 1});
  }

  YamlTree node(YamlTree::Kind kind, const YAML::Mark& mark) const {
    YamlTree tree{kind, {}, {}, mark.line + 1, mark.column + 1, {}, {}};
    if (open_.empty() || open_.back().kind != YamlTree::Kind::map) return tree;
    const auto& key = open_.back().keys.back();
    tree.key = key.name;
    if (kind == YamlTree::Kind::null) {  // yaml-cpp places an absent value at whatever comes next
      tree.line = key.line;
      tree.column = key.column;
    }
    return tree;
  }

  void leaf(YamlTree::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& value) {
    refuse_anchor(mark, anchor);
    if (awaits_key()) fail(mark, "expected a key");
    auto tree = node(kind, mark);
    tree.text = value;
    place(std::move(tree));
  }

  void branch(YamlTree::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (awaits_key()) fail(mark, "a list or map cannot be a key");
    if (open_.size() == kDeepest) fail(mark, fmt::format("nested deeper than {} levels", kDeepest));
    open_.push_back(node(kind, mark));
  }

  void close() {
    auto tree = std::move(open_.back());
    open_.pop_back();
    place(std::move(tree));
  }

  void place(YamlTree tree) {
    if (open_.empty())
      root_ = std::move(tree);
    else
      open_.back().children.push_back(std::move(tree));
  }

  const std::string& source_;
  std::vector<YamlTree> open_;  // lists and maps not yet closed, outermost first
  YamlTree root_;
};

/// YAML is printable UTF-8; anything else is another kind of file, and the first such byte says so best.
void require_text(std::string_view text, const std::string& source) {
  const auto bad = first_byte_not_text(text);
  if (!bad) return;
  const auto before = text.substr(0, *bad);
  const auto line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  throw UsageError("{}:{}:{}: byte 0x{:02x} is not text; expected a YAML file in UTF-8", source,
                   std::count(before.begin(), before.end(), '\n') + 1, *bad - line_begin + 1,
                   static_cast<unsigned char>(text[*bad]));
}

}  // namespace

std::shared_ptr<const YamlTree> parse_yaml(std::string_view text, const std::string& source) {
  if (text.size() > kLargestYaml) throw UsageError("'{}' is larger than {}", source, format_bytes({kLargestYaml}));
  require_text(text, source);
  TreeBuilder builder(source);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) throw UsageError("{}: empty; expected a YAML document", source);
    auto tree = std::make_shared<YamlTree>(builder.take());
    TreeBuilder next(source);
    if (parser.HandleNextDocument(next))
      throw UsageError("{}: holds a second document from line {} on; expected one", source, next.take().line);
    return tree;
  } catch (const YAML::Exception& error) {
    throw UsageError("{}:{}:{}: malformed YAML: {}", source, error.mark.line + 1, error.mark.column + 1, error.msg);
  }
}

}  // namespace longhaul
