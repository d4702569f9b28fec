#include "settings/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace devicebatch::settings {
namespace {

// A file of this size with more values than this is an attack or an accident.
constexpr std::size_t kNodes = 100'000;

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

// Gives up from inside the parser, which knows no other way.
[[noreturn]] void give_up(const YAML::Mark& mark, const std::string& why) {
  throw YAML::ParserException(mark, why);
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) give_up(mark, "a second document begins here; only one is read");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(Node::Kind::null, mark, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    give_up(mark, "anchors and aliases are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Kind::scalar, mark, anchor);
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(Node::Kind::list, mark, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(Node::Kind::map, mark, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    explicit Open(Node opened) : node(std::move(opened)) {}
    Node node;
    std::optional<Node> key;  // of a map: read, its value is still to come
  };

  Node make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) give_up(mark, "anchors and aliases are not supported; write the value out");
    if (++nodes_ > kNodes) give_up(mark, "more than 100,000 values");
    Node node;
    node.kind = kind;
    node.line = line_of(mark);
    return node;
  }

  void open(Node node) {
    if (expects_key()) give_up(mark_of(node), "a key must be a plain word");
    open_.emplace_back(std::move(node));
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (expects_key()) {
      if (!node.is(Node::Kind::scalar)) give_up(mark_of(node), "a key must be a plain word");
      parent.key = std::move(node);
      return;
    }
    if (parent.key) {
      node.key = std::move(parent.key->text);
      node.key_line = parent.key->line;
      parent.key.reset();
    }
    parent.node.children.push_back(std::move(node));
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node.is(Node::Kind::map) && !open_.back().key;
  }

  static YAML::Mark mark_of(const Node& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    return mark;
  }

  Node root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view wanted) const {
  const auto at = std::ranges::find(children, wanted, &Node::key);
  return at == children.end() ? nullptr : &*at;
}

std::optional<Node> parse_yaml(std::string_view yaml, std::vector<Problem>& problems) {
  if (yaml.size() > kYamlBytes) {
    problems.push_back({0, "the file is larger than 1 MiB"});
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    TreeBuilder tree;
    while (parser.HandleNextDocument(tree)) {
    }
    return tree.take();
  } catch (const YAML::Exception& wrong) {
    problems.push_back({line_of(wrong.mark), "cannot be read as YAML: " + wrong.msg});
    return std::nullopt;
  }
}

}  // namespace devicebatch::settings
