#include "spool/markers.hpp"

#include "base/hex.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::spool;

namespace {

const std::string kHex = to_hex(sha256(std::string_view("rows")));

Manifest read(MarkerKind kind, std::string_view text) {
  auto manifest = read_manifest(kind, text);
  INFO(text);
  REQUIRE(manifest);
  return *manifest;
}

bool is_refused(MarkerKind kind, std::string_view text) {
  const auto manifest = read_manifest(kind, text);
  return !manifest && manifest.error().code() == Errc::rejected;
}

}  // namespace

TEST_CASE("names that end in .done, .ok, .ready, .trg, .sha256 or .json can be markers") {
  for (const char* name :
       {"x.csv.done", "x.ok", "x.csv.READY", "x.trg", "x.csv.sha256", "a.json"}) {
    INFO(name);
    CHECK(marker_suffix_of(name) != nullptr);
  }
  for (const char* name : {"x.csv", "done", ".done", "x.done.csv", "x.stem.don"}) {
    INFO(name);
    CHECK(marker_suffix_of(name) == nullptr);
  }
  CHECK(stem_of("x.csv") == "x");
  CHECK(stem_of("x") == "x");
  CHECK(stem_of(".x") == ".x");
}

TEST_CASE("a marker may be empty, or hold anything that is no manifest") {
  for (const char* text : {"", "\n", "2026-11-24 done\n", "ready for upload", "10:15:30 ok"}) {
    CHECK(read(MarkerKind::plain, text).is_empty());
  }
}

TEST_CASE("a marker may carry byte count and SHA-256, in whatever form") {
  CHECK(read(MarkerKind::plain, "1234\r\n").bytes == 1234U);
  CHECK(read(MarkerKind::plain, kHex).sha256 == sha256(std::string_view("rows")));
  CHECK(read(MarkerKind::plain, kHex + "  x.csv\n").sha256.has_value());
  const Manifest lines = read(MarkerKind::plain, "bytes=4\r\nsha256: " + kHex + "\nrows = 7\n");
  CHECK(lines.bytes == 4U);
  CHECK(lines.sha256 == sha256(std::string_view("rows")));
  CHECK(lines.rows == 7U);
  CHECK(read(MarkerKind::plain, "{\"size\": 9}").bytes == 9U);
  CHECK(is_refused(MarkerKind::plain, "bytes=many"));
  CHECK(is_refused(MarkerKind::plain, "sha256=0123"));
}

TEST_CASE("a .sha256 manifest is what sha256sum writes") {
  CHECK(read(MarkerKind::digest, kHex + "  x.csv\n").sha256 == sha256(std::string_view("rows")));
  CHECK(read(MarkerKind::digest, kHex + " *x.csv\r\n").sha256.has_value());
  CHECK(read(MarkerKind::digest, kHex).sha256.has_value());
  CHECK(is_refused(MarkerKind::digest, ""));
  CHECK(is_refused(MarkerKind::digest, "x.csv"));
  CHECK(is_refused(MarkerKind::digest, kHex.substr(1)));
  CHECK(is_refused(MarkerKind::digest, kHex + "  a\n" + kHex + "  b\n"));
}

TEST_CASE("a .json manifest names bytes, sha256, rows and destination") {
  const Manifest all = read(MarkerKind::json, "\xEF\xBB\xBF{\"bytes\": 4, \"SHA256\": \"" + kHex +
                                                  "\", \"rows\": \"2\", \"destination\": "
                                                  "\"line-2\", \"operator\": {\"id\": 1}}");
  CHECK(all.bytes == 4U);
  CHECK(all.sha256 == sha256(std::string_view("rows")));
  CHECK(all.rows == 2U);
  CHECK(all.destination == "line-2");
  CHECK(read(MarkerKind::json, "{}").is_empty());
  for (const char* text : {"", "[]", "{\"bytes\": ", "{\"bytes\": -1}", "{\"bytes\": 1.5}",
                           "{\"sha256\": \"zz\"}", "{\"destination\": 7}", "{\"rows\": true}"}) {
    INFO(text);
    CHECK(is_refused(MarkerKind::json, text));
  }
  CHECK(is_refused(MarkerKind::json, std::string(1'000, '[') + std::string(1'000, ']')));
  CHECK(is_refused(MarkerKind::json, "{\"a\": \"" + std::string(kMarkerBytes, 'a') + "\"}"));
}

TEST_CASE("two manifests of one file may add to each other, not contradict") {
  Manifest manifest;
  REQUIRE(merge_manifest(manifest, read(MarkerKind::plain, "4")));
  REQUIRE(merge_manifest(manifest, read(MarkerKind::digest, kHex)));
  CHECK(manifest.bytes == 4U);
  CHECK(manifest.sha256.has_value());
  CHECK(merge_manifest(manifest, read(MarkerKind::plain, "4")));
  CHECK_FALSE(merge_manifest(manifest, read(MarkerKind::plain, "5")));
}

TEST_CASE("a claimed marker has a name that no claim can have") {
  CHECK(claimed_marker_name("id__x.csv", ".done") == ".id__x.csv.done");
  CHECK(claimed_marker_name(std::string(255, 'n'), ".sha256").size() <= 255);
}
