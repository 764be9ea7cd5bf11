#include "rules/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace deskfall {

namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kCaretColumns = 72;

/// Thrown inside this file to stop yaml-cpp; never leaves parse_yaml.
struct Refused {
  YAML::Mark mark;
  std::string message;
  std::string hint;
};

/// Builds YamlNodes from parser events with a stack of its own.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<YamlNode>& documents)
      : documents_(documents) {}

  void OnDocumentStart(const YAML::Mark&) override {
    stack_.clear();
    keys_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(make(mark, YamlNode::Kind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{mark, "aliases are not allowed", "write the value out"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode node = make(mark, YamlNode::Kind::kScalar);
    node.scalar = value;
    node.quoted = tag == "!";
    if (value.empty() && !node.quoted) {
      node.kind = YamlNode::Kind::kNull;
    }
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw Refused{mark, "anchors are not allowed", "write the value out"};
    }
  }

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refused{mark, "tag '" + tag + "' is not allowed", ""};
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (stack_.size() >= kMostDepth) {
      throw Refused{mark, "nested more than 64 levels deep", ""};
    }
    stack_.push_back(make(mark, kind));
    keys_.emplace_back();
  }

  void close() {
    YamlNode node = std::move(stack_.back());
    stack_.pop_back();
    keys_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (stack_.empty()) {
      documents_.push_back(std::move(node));
      return;
    }
    YamlNode& parent = stack_.back();
    if (parent.is_list()) {
      parent.list.push_back(std::move(node));
      return;
    }
    std::vector<YamlNode>& key = keys_.back();
    if (key.empty()) {
      refuse_bad_key(parent, node);
      key.push_back(std::move(node));
      return;
    }
    parent.map.push_back({std::move(key.front()), std::move(node)});
    key.clear();
  }

  static void refuse_bad_key(const YamlNode& parent, const YamlNode& key) {
    YAML::Mark mark;
    mark.line = key.line - 1;
    mark.column = key.column - 1;
    if (!key.is_scalar()) {
      throw Refused{mark, "a key must be plain text", ""};
    }
    if (parent.find(key.scalar) != nullptr) {
      throw Refused{mark, "duplicate key '" + key.scalar + "'",
                    "keep one of them"};
    }
  }

  std::vector<YamlNode>& documents_;
  std::vector<YamlNode> stack_;
  std::vector<std::vector<YamlNode>> keys_;  ///< pending key of each open map
};

std::string line_of(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) {
      return {};
    }
    ++at;
  }
  return std::string(text.substr(at, text.find('\n', at) - at));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : map) {
    if (name.scalar == key) {
      return &value;
    }
  }
  return nullptr;
}

std::string Diagnostic::text(std::string_view file_text) const {
  std::ostringstream out;
  out << file << ':' << line << ':' << column << ": " << message;
  if (!hint.empty()) {
    out << " (" << hint << ')';
  }
  const std::string source = line_of(file_text, line);
  if (!source.empty()) {
    const auto caret = static_cast<std::size_t>(column > 0 ? column - 1 : 0);
    out << '\n' << source.substr(0, kCaretColumns);
    if (caret < kCaretColumns) {
      out << '\n' << std::string(caret, ' ') << '^';
    }
  }
  return out.str();
}

std::vector<YamlNode> parse_yaml(const std::string& file, std::string_view text,
                                 std::vector<Diagnostic>& diagnostics) {
  std::vector<YamlNode> documents;
  if (text.size() > kMostBytes) {
    diagnostics.push_back(
        {file, 1, 1, "the file is larger than 1 MiB", "split it"});
    return documents;
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(documents);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    diagnostics.push_back({file, refused.mark.line + 1, refused.mark.column + 1,
                           refused.message, refused.hint});
  } catch (const YAML::Exception& error) {
    diagnostics.push_back(
        {file, error.mark.line + 1, error.mark.column + 1, error.msg, ""});
  }
  return documents;
}

}  // namespace deskfall
