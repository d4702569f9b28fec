#include "settings/load.hpp"

#include "base/text.hpp"
#include "settings/clouds.hpp"
#include "settings/cross_checks.hpp"
#include "settings/keys.hpp"
#include "settings/nearest.hpp"
#include "settings/units.hpp"
#include "settings/yaml_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <type_traits>

namespace devicebatch::settings {
namespace {

using Words = std::vector<std::string_view>;

std::string below(const std::string& section, std::string_view name) {
  return section.empty() ? std::string(name) : section + "." + std::string(name);
}

template <class Owner>
Words names_of(std::span<const Key<Owner>> keys) {
  Words names;
  for (const Key<Owner>& key : keys) names.push_back(key.name);
  return names;
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

class Reader {
 public:
  Reader(Loaded& loaded, Lines& lines) : loaded_(loaded), lines_(lines) {}

  void read(const Node& root) {
    if (root.is(Node::Kind::null)) return;
    if (!root.is(Node::Kind::map))
      return report(root.line, "", "the file must be a map of sections");
    Words allowed;
    for_each_section(loaded_.settings, [&](std::string_view name, auto keys, auto& owner) {
      if (name.empty()) {
        for (const auto& key : keys) allowed.push_back(key.name);
        read_keys(root, keys, owner, "");
      } else {
        allowed.push_back(name);
        read_section(root, name, keys, owner);
      }
    });
    for_each_list(loaded_.settings, [&](std::string_view name, auto keys, auto& items) {
      allowed.push_back(name);
      read_list(root, name, keys, items);
    });
    check_names(root, allowed, "");
  }

 private:
  void report(int line, const std::string& path, const std::string& what) {
    loaded_.problems.push_back({line, path.empty() ? what : path + " " + what});
  }

  template <class Owner>
  void read_section(const Node& root, std::string_view name, std::span<const Key<Owner>> keys,
                    Owner& owner) {
    const Node* section = root.find(name);
    // A section in which everything is commented out is null.
    if (section == nullptr || section->is(Node::Kind::null)) return;
    const std::string path(name);
    if (!section->is(Node::Kind::map)) return report(section->line, path, "must be a map of keys");
    check_names(*section, names_of(keys), path);
    read_keys(*section, keys, owner, path);
  }

  template <class Owner>
  void read_list(const Node& root, std::string_view name, std::span<const Key<Owner>> keys,
                 std::vector<Owner>& items) {
    const Node* list = root.find(name);
    if (list == nullptr || list->is(Node::Kind::null)) return;
    if (!list->is(Node::Kind::list)) {
      return report(list->line, std::string(name), "must be a list, each item beginning with '-'");
    }
    for (const Node& node : list->children) {
      const std::string path = std::string(name) + "[" + std::to_string(items.size()) + "]";
      lines_[path] = node.line;
      Owner& owner = items.emplace_back();
      if (!node.is(Node::Kind::map)) {
        report(node.line, path, "must be a map of keys");
        continue;
      }
      check_names(node, names_of(keys), path);
      read_keys(node, keys, owner, path);
    }
  }

  // Keys that are unknown, written twice, or belong somewhere else.
  void check_names(const Node& map, const Words& allowed, const std::string& path) {
    Words seen;
    for (const Node& entry : map.children) {
      const std::string where = path.empty() ? "" : " in " + path;
      if (std::ranges::find(allowed, entry.key) == allowed.end()) {
        report(entry.key_line, "",
               "unknown key " + printable(entry.key, 60) + where +
                   advice_for(entry.key, allowed, path));
      } else if (std::ranges::find(seen, entry.key) != seen.end()) {
        report(entry.key_line, below(path, entry.key), "is written twice");
      } else {
        seen.push_back(entry.key);
      }
    }
  }

  std::string advice_for(const std::string& key, const Words& allowed, const std::string& path) {
    std::string advice = suggestion(key, allowed);
    if (!advice.empty()) return advice;
    for_each_section(loaded_.settings, [&](std::string_view name, auto keys, const auto&) {
      const Words names = names_of(keys);
      if (name == path || std::ranges::find(names, key) == names.end()) return;
      advice = name.empty() ? "; it belongs outside any section"
                            : "; it belongs in " + std::string(name) + ":";
    });
    return advice.empty() ? "; known here: " + joined(allowed) : advice;
  }

  template <class Owner>
  void read_keys(const Node& map, std::span<const Key<Owner>> keys, Owner& owner,
                 const std::string& path) {
    for (const Key<Owner>& key : keys) {
      const std::string key_path = below(path, key.name);
      const Node* node = map.find(key.name);
      if (node == nullptr) {
        if (key.is_required) report(map.line, key_path, "is missing");
        continue;
      }
      lines_[key_path] = node->line;
      std::visit([&](auto member) { read_value(*node, key, owner.*member, key_path); }, key.member);
    }
  }

  // The text of a value, unless it is not one.
  const std::string* text_of(const Node& node, const std::string& path) {
    if (node.is(Node::Kind::scalar)) return &node.text;
    report(
        node.line, path,
        node.is(Node::Kind::null) ? "has no value" : "must be a single value, not a list or a map");
    return nullptr;
  }

  template <class Owner>
  void read_value(const Node& node, const Key<Owner>& key, std::string& into,
                  const std::string& path) {
    // "proxy:" with nothing behind it is an empty text.
    static const std::string empty;
    const std::string* text = node.is(Node::Kind::null) ? &empty : text_of(node, path);
    if (text == nullptr) return;
    into = *text;
    const bool has_control =
        std::ranges::any_of(*text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
    if (has_control) return report(node.line, path, "contains a control character");
    const std::string wrong = key.rule == nullptr ? std::string() : key.rule(*text);
    if (!wrong.empty()) report(node.line, path, wrong);
  }

  // A list of texts; null and [] are the empty one.
  template <class Owner>
  void read_value(const Node& node, const Key<Owner>& key, Texts& into, const std::string& path) {
    into.clear();
    if (node.is(Node::Kind::null)) return;
    if (!node.is(Node::Kind::list)) return report(node.line, path, "must be a list, like [A, B]");
    for (const Node& item : node.children) {
      const std::string item_path = path + "[" + std::to_string(into.size()) + "]";
      lines_[item_path] = item.line;
      read_value(item, key, into.emplace_back(), item_path);
    }
  }

  // A map of texts to texts; the rule is that of the values.
  template <class Owner>
  void read_value(const Node& node, const Key<Owner>& key, TextMap& into, const std::string& path) {
    into.clear();
    if (node.is(Node::Kind::null)) return;
    if (!node.is(Node::Kind::map)) return report(node.line, path, "must be a map, like {A: B}");
    for (const Node& entry : node.children) {
      const std::string entry_path = path + "." + entry.key;
      lines_[entry_path] = entry.line;
      if (into.contains(entry.key)) report(entry.key_line, entry_path, "is written twice");
      read_value(entry, key, into[entry.key], entry_path);
    }
  }

  template <class Owner>
  void read_value(const Node& node, const Key<Owner>&, bool& into, const std::string& path) {
    const std::string* text = text_of(node, path);
    if (text == nullptr) return;
    into = equals_ignoring_case(*text, "true");
    if (!into && !equals_ignoring_case(*text, "false")) {
      report(node.line, path, "must be true or false");
    }
  }

  template <class Owner, class Value>
  requires std::is_enum_v<Value>
  void read_value(const Node& node, const Key<Owner>&, Value& into, const std::string& path) {
    const std::string* text = text_of(node, path);
    if (text == nullptr) return;
    const auto words = words_of(into);
    const auto at = std::ranges::find(words, *text);
    if (at != words.end()) {
      into = static_cast<Value>(at - words.begin());
    } else {
      report(node.line, path, "must be one of " + joined(words) + suggestion(*text, words));
    }
  }

  template <class Owner>
  void read_value(const Node& node, const Key<Owner>& key, milliseconds& into,
                  const std::string& path) {
    const std::string* text = text_of(node, path);
    if (text == nullptr) return;
    const auto value = parse_duration(*text);
    if (!value) return report(node.line, path, value.error().message());
    if (!is_within(static_cast<std::uint64_t>(value->count()), key)) {
      return report(node.line, path,
                    "must be between " + write_duration(milliseconds(key.least)) + " and " +
                        write_duration(milliseconds(key.most)));
    }
    into = *value;
  }

  template <class Owner, class Value>
  requires(std::is_unsigned_v<Value> &&
           !std::is_same_v<Value, bool>) void read_value(const Node& node, const Key<Owner>& key,
                                                         Value& into, const std::string& path) {
    constexpr bool kIsSize = std::is_same_v<Value, std::uint64_t>;
    const std::string* text = text_of(node, path);
    if (text == nullptr) return;
    const auto value = kIsSize ? parse_bytes(*text) : parse_count(*text);
    if (!value) return report(node.line, path, value.error().message());
    if (!is_within(*value, key)) {
      return report(node.line, path,
                    "must be between " + std::to_string(key.least) + " and " +
                        std::to_string(key.most) + (kIsSize ? " bytes" : ""));
    }
    into = static_cast<Value>(*value);
  }

  // Whatever is wrong here, what was written is never repeated: it may be the secret.
  template <class Owner>
  void read_value(const Node& node, const Key<Owner>& key, SecretRef& into,
                  const std::string& path) {
    constexpr const char* kHow =
        "must say where the secret is, not what it is: write {credential: NAME} or {file: /PATH}";
    const Words names = names_of(secret_keys());
    const bool is_plain = node.is(Node::Kind::map) && is_within(node.children.size(), key) &&
                          std::ranges::all_of(node.children, [&](const Node& child) {
                            return std::ranges::find(names, child.key) != names.end();
                          });
    if (!is_plain) return report(node.line, path, kHow);
    if (node.children.size() > 1) check_names(node, names, path);
    read_keys(node, secret_keys(), into, path);
  }

  template <class Owner>
  static bool is_within(std::uint64_t value, const Key<Owner>& key) {
    return value >= key.least && value <= key.most;
  }

  Loaded& loaded_;
  Lines& lines_;
};

// Attributes of a share lag behind by seconds.
void settle_longer_on_shares(Settings& settings, const Lines& lines) {
  constexpr milliseconds kOnShare{20'000};
  for (std::size_t at = 0; at < settings.sources.size(); ++at) {
    Source& source = settings.sources[at];
    const bool is_given = lines.contains("sources[" + std::to_string(at) + "].settle");
    if (source.network && !is_given) source.settle = kOnShare;
  }
}

// An instance with a control socket of its own has one for monitoring there, too.
void place_beside_control(Settings& settings) {
  const std::size_t slash = settings.control_socket.rfind('/');
  if (slash == std::string::npos) return;  // no path: refused already
  settings.monitor_socket = settings.control_socket.substr(0, slash) + "/monitor.sock";
  if (settings.monitor_socket == settings.control_socket) settings.monitor_socket.clear();
}

}  // namespace

Loaded load_settings(std::string_view yaml) {
  Loaded loaded;
  const auto root = parse_yaml(yaml, loaded.problems);
  if (!root) return loaded;
  Lines lines;
  // Empty until the file was read: only then it is known which addresses it has of its own.
  Service& service = loaded.settings.service;
  service.base_url = service.authority_url = service.resource = "";
  Reader(loaded, lines).read(*root);
  fill_addresses(service);
  settle_longer_on_shares(loaded.settings, lines);
  if (!lines.contains("control.monitor_socket")) place_beside_control(loaded.settings);
  check_across(loaded, lines);
  std::ranges::stable_sort(loaded.problems, {}, &Problem::line);
  return loaded;
}

Result<Loaded> load_settings_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (!file) return fail(system_error(errno, printable(path)));
  // One byte more than is allowed shows that there is more.
  std::string text(kYamlBytes + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail(system_error(errno, printable(path)));
  return load_settings(text);
}

std::string describe(const std::string& path, const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += path + ":";
    if (problem.line > 0) text += std::to_string(problem.line) + ":";
    text += " " + problem.message + "\n";
  }
  return text;
}

}  // namespace devicebatch::settings
