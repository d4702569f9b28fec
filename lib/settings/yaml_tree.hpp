// settings/yaml_tree.hpp - YAML text as a plain tree with line numbers.
//
// Purpose:   the only header over the YAML parser. Duplicate keys stay visible, nothing throws.
// Threading: pure; any thread.
// Units:     bounded: 1 MiB of text, 100,000 values, the parser's own depth limit.
// Source:    YAML 1.2 without anchors, aliases and complex keys: a settings file that needs them is
//            one that nobody can read, and an alias can make a small file arbitrarily large.
#pragma once

#include "settings/load.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::settings {

inline constexpr std::size_t kYamlBytes = std::size_t{1} << 20;

struct Node {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  int line = 0;
  std::string text;            // of a scalar
  std::vector<Node> children;  // of a list or a map
  std::string key;             // of an entry of a map
  int key_line = 0;

  bool is(Kind wanted) const { return kind == wanted; }
  const Node* find(std::string_view wanted) const;  // first entry of that key, nullptr when absent
};

// The first document; nullopt and one problem when it cannot be parsed. An empty text is
// Kind::null.
std::optional<Node> parse_yaml(std::string_view yaml, std::vector<Problem>& problems);

}  // namespace devicebatch::settings
