#include "partner_center/tracking_id.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

constexpr const char* kTid = "6b8f4f6e-0f6c-4c6e-9b1a-0123456789ab";
constexpr const char* kBom = "\xEF\xBB\xBF";
const std::string kBase = "https://api.partnercenter.microsoft.com";

http::Response reply(std::string body, std::string location = "") {
  http::Response response;
  response.status = 202;
  response.body = std::move(body);
  if (!location.empty()) response.headers.emplace_back("location", std::move(location));
  return response;
}

std::string shown(const std::optional<Uuid>& id) {
  return id ? id->to_string() : "none";
}

}  // namespace

TEST_CASE("the tracking id is found in every shape of Location") {
  struct Row {
    const char* name;
    std::string location;
    bool is_found;
  };
  const std::string id = kTid;
  const std::string path = "/customers/c/batchJobStatus/" + id;
  for (const Row& row : {
           Row{"relative without version", path, true},
           Row{"relative with version", "/v1" + path, true},
           Row{"absolute", "https://api.partnercenter.microsoft.com/v1" + path, true},
           Row{"another host, which is ignored", "http://evil.example" + path, true},
           Row{"file scheme, which is ignored", "file://" + path, true},
           Row{"lower case", "/customers/c/batchjobstatus/" + id, true},
           Row{"upper case", "/CUSTOMERS/C/BATCHJOBSTATUS/6B8F4F6E-0F6C-4C6E-9B1A-0123456789AB",
               true},
           Row{"doubled slash", "/v1//customers/c/batchJobStatus//" + id, true},
           Row{"query after it", path + "?x=1", true},
           Row{"fragment after it", path + "#x", true},
           Row{"path after it", path + "/more", true},
           Row{"second occurrence", "/batchJobStatus/x/batchJobStatus/" + id, true},
           Row{"empty", "", false},
           Row{"another path", "/customers/c/deviceBatches/" + id, false},
           Row{"no id", "/customers/c/batchJobStatus/", false},
           Row{"short id", "/customers/c/batchJobStatus/" + id.substr(1), false},
           Row{"long id", path + "0", false},
           Row{"nil id", "/batchJobStatus/00000000-0000-0000-0000-000000000000", false},
           Row{"braces", "/batchJobStatus/{" + id + "}", false},
           Row{"path traversal", "/batchJobStatus/../../etc/passwd", false},
           Row{"64 kB of nothing", std::string(65536, '/'), false},
       }) {
    INFO(row.name);
    CHECK(shown(tracking_id_in(row.location)) == (row.is_found ? id : "none"));
  }
}

TEST_CASE("H3: only a Location of the service itself is believed") {
  struct Row {
    const char* name;
    std::string location;
    bool is_found;
  };
  const std::string id = kTid;
  const std::string path = "/customers/c/batchJobStatus/" + id;
  for (const Row& row : {
           Row{"none", "", false},
           Row{"relative without version", path, true},
           Row{"relative with version", "/v1" + path, true},
           Row{"relative with any prefix", "/gateway/eu/v7" + path, true},
           Row{"relative without a slash", path.substr(1), true},
           Row{"query and fragment", path + "?x=http://a#y", true},
           Row{"spaces around it", "  " + path + " ", true},
           Row{"absolute", kBase + "/v1" + path, true},
           Row{"absolute with the usual port", kBase + ":443" + path, true},
           Row{"absolute in capitals", "HTTPS://API.PARTNERCENTER.MICROSOFT.COM" + path, true},
           Row{"its own host without a scheme", "//api.partnercenter.microsoft.com" + path, true},
           Row{"another host", "https://evil.example" + path, false},
           Row{"another host without a scheme", "//evil.example" + path, false},
           Row{"another host behind backslashes", "\\\\evil.example" + path, false},
           Row{"a host that begins alike", kBase + ".evil.example" + path, false},
           Row{"another port", kBase + ":8443" + path, false},
           Row{"down to http", "http://api.partnercenter.microsoft.com" + path, false},
           Row{"http on the port of https", "http://api.partnercenter.microsoft.com:443" + path,
               false},
           Row{"user name", "https://user@api.partnercenter.microsoft.com" + path, false},
           Row{"password", "https://user:pw@api.partnercenter.microsoft.com" + path, false},
           Row{"user name that looks like the host", kBase + "@evil.example" + path, false},
           Row{"file", "file://" + path, false},
           Row{"file of its host", "file://api.partnercenter.microsoft.com" + path, false},
           Row{"javascript", "javascript:" + path, false},
           Row{"data", "data:text/plain," + path, false},
           Row{"no host", "https:" + path, false},
           Row{"only in the query", "/sign-in?return=" + path, false},
           Row{"only in the fragment", "/sign-in#" + path, false},
           Row{"line break", "/a\r\nX-Evil: 1" + path, false},
           Row{"escape", "/\x1b[2J" + path, false},
           Row{"NUL", std::string("/\0", 2) + path, false},
           Row{"just under 2 KB", std::string(2048 - path.size(), '/') + path, false},
           Row{"just under 2 KB, one slash", "/" + std::string(2047 - path.size(), 'a') + path,
               true},
           Row{"over 2 KB", "/" + std::string(2048 - path.size(), 'a') + path, false},
           Row{"64 kB", std::string(65536, 'a') + path, false},
       }) {
    INFO(row.name);
    const auto found = read_tracking_id(reply("", row.location), kBase);
    CHECK(shown(found) == (row.is_found ? id : "none"));
  }
}

TEST_CASE("H3: a base with a port of its own is compared with it") {
  const std::string path = std::string("/customers/c/batchJobStatus/") + kTid;
  const std::string base = "http://127.0.0.1:8080/";
  CHECK(read_tracking_id(reply("", "http://127.0.0.1:8080" + path), base));
  CHECK_FALSE(read_tracking_id(reply("", "http://127.0.0.1" + path), base));
  CHECK_FALSE(read_tracking_id(reply("", "http://127.0.0.1:8081" + path), base));
  CHECK_FALSE(read_tracking_id(reply("", "https://127.0.0.1:8080" + path), base));
  CHECK_FALSE(read_tracking_id(reply("", "http://127.0.0.1:8080" + path), "no address"));
  CHECK(read_tracking_id(reply("", path), "no address"));
}

TEST_CASE("without a usable Location the body is asked") {
  const std::string id = kTid;
  const std::string other = "00000000-0000-0000-0000-0000000000ff";
  const std::string path = "/customers/c/batchJobStatus/";
  struct Row {
    const char* name;
    std::string location;
    std::string body;
    bool is_found;
  };
  for (const Row& row : {
           Row{"Location wins", path + id, R"({"uri":")" + path + other + "\"}", true},
           Row{"useless Location", "/elsewhere", R"({"uri":")" + path + id + "\"}", true},
           Row{"link", "", R"({"uri":")" + path + id + R"(","method":"GET"})", true},
           Row{"Pascal link", "", R"({"Uri":")" + path + id + "\"}", true},
           Row{"nested link", "", R"({"links":{"self":[{"uri":")" + path + id + "\"}]}}", true},
           Row{"bare string", "", "\"" + path + id + "\"", true},
           Row{"escaped slashes", "", R"({"uri":"\/batchJobStatus\/)" + id + "\"}", true},
           Row{"BOM", "", kBom + (R"({"uri":")" + path + id) + "\"}", true},
           Row{"another host, so no Location", "https://evil.example" + path + other,
               R"({"uri":")" + path + id + "\"}", true},
           Row{"a link of another host before ours", "",
               R"({"a":"https://evil.example)" + path + other + R"(","b":")" + path + id + "\"}",
               true},
           Row{"a link of another host", "", R"({"uri":"https://evil.example)" + path + id + "\"}",
               false},
           Row{"no JSON", "", "see " + path + id + " for progress", false},
           Row{"a page that quotes the path", "", "<a href=\"" + path + id + "\">", false},
           Row{"empty", "", "", false},
           Row{"id without its path", "", R"({"id":")" + id + "\"}", false},
           Row{"HTML", "", "<html>sign in</html>", false},
       }) {
    INFO(row.name);
    const auto found = read_tracking_id(reply(row.body, row.location), kBase);
    CHECK(shown(found) == (row.is_found ? id : "none"));
  }
}
