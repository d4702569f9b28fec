#include "settings/nearest.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <vector>

using namespace devicebatch::settings;

TEST_CASE("the distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("path", "paths") == 1);
  CHECK(edit_distance("path", "pth") == 1);
  CHECK(edit_distance("path", "bath") == 1);
  CHECK(edit_distance("path", "ptah") == 1);
  CHECK(edit_distance("chunk-Devices", "chunk_devices") == 0);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("only what could have been meant is suggested") {
  constexpr std::array<std::string_view, 4> words = {"path", "name", "destination", "settle"};
  CHECK(nearest("destinaton", words) == "destination");
  CHECK(nearest("Pahts", words) == "path");
  CHECK(nearest("rescan", words).empty());
  CHECK(nearest("x", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest(std::string(1000, 'p'), words).empty());
  // Among very many the search would cost more than the advice is worth.
  const std::vector<std::string_view> many(501, "path");
  CHECK(nearest("paht", many).empty());
  CHECK(suggestion("nam", words) == "; did you mean name?");
  CHECK(suggestion("colour", words).empty());
}
