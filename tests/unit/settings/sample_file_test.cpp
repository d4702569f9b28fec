// The sample is documentation: it must be complete, right, and say the defaults that the code has.
#include "base/text.hpp"
#include "settings/keys.hpp"
#include "settings/load.hpp"
#include "settings/yaml_tree.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>

using namespace devicebatch;
using namespace devicebatch::settings;

namespace {

// Every path of a value, list items as "[]".
void collect(const Node& node, const std::string& path, std::vector<std::string>& paths) {
  if (node.children.empty()) {
    paths.push_back(path);
  } else if (node.is(Node::Kind::list)) {
    for (const Node& item : node.children) collect(item, path + "[]", paths);
  } else if (node.is(Node::Kind::map)) {
    for (const Node& entry : node.children) {
      collect(entry, path.empty() ? entry.key : path + "." + entry.key, paths);
    }
  } else {
    paths.push_back(path);
  }
}

// Of two ways to name a secret only one can be in effect; the others are comments: "# KEY:" and
// below it "#   PLACE: ...".
std::vector<std::string> places_in_comments(const std::string& text) {
  std::vector<std::string> paths;
  std::string list;
  std::string key;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view shown = trim(line);
    if (line.ends_with(':') && line.front() != ' ') list = line.substr(0, line.size() - 1);
    if (!shown.starts_with("# ")) continue;
    const std::string_view words = shown.substr(2);
    const std::string_view place = trim(words.substr(0, words.find(':')));
    if (words.ends_with(':') && words.find(' ') == std::string_view::npos) {
      key = place;
    } else if (words.starts_with("  ") && place.find(' ') == std::string_view::npos) {
      paths.push_back(list + "[]." + key + "." + std::string(place));
    }
  }
  return paths;
}

std::string sample() {
  return support::read_file(DEVICEBATCH_SAMPLE_CONFIG);
}

}  // namespace

TEST_CASE("the sample file loads without a problem") {
  const Loaded loaded = load_settings(sample());
  CHECK(describe("devicebatchd.yaml", loaded.problems).empty());
  CHECK(loaded.settings.accounts.size() == 1);
  CHECK(loaded.settings.destinations.size() == 1);
  CHECK(loaded.settings.sources.size() == 1);
}

TEST_CASE("the sample file shows every key") {
  const std::string text = sample();
  std::vector<Problem> problems;
  const auto root = parse_yaml(text, problems);
  REQUIRE(root);
  std::vector<std::string> shown;
  collect(*root, "", shown);
  std::ranges::copy(places_in_comments(text), std::back_inserter(shown));
  std::vector<std::string> known = key_paths();
  std::ranges::sort(shown);
  std::ranges::sort(known);
  CHECK(shown == known);
}

TEST_CASE("the sample file shows the defaults of the code") {
  Settings settings = load_settings(sample()).settings;
  Account account = settings.accounts.at(0);
  account.name = account.tenant = account.client_id = account.client_secret.credential = "";
  CHECK(account == Account());
  Source plain = settings.sources.at(0);
  const Source defaults;
  plain.name = plain.path = plain.destination = "";
  CHECK(plain == defaults);
  settings.accounts.clear();
  settings.destinations.clear();
  settings.sources.clear();
  Queue queue = settings.queues.at(0);
  queue.name = queue.url = queue.address = queue.path = queue.destination = "";
  CHECK(queue == Queue());
  settings.queues.clear();
  CHECK(to_yaml(settings) == to_yaml(Settings()));
  CHECK(settings == Settings());
}

TEST_CASE("every key of the sample file has words before it") {
  const std::string text = sample();
  std::size_t comments = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::size_t first = text.find_first_not_of(' ', at);
    if (first != std::string::npos && text[first] == '#') ++comments;
  }
  CHECK(comments >= key_paths().size());
}
