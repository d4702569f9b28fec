#include "settings/text_rules.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::settings;

namespace {

void accepts(TextRule rule, std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    INFO(text);
    CHECK(rule(text).empty());
  }
}

void refuses(TextRule rule, std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    INFO(text);
    CHECK_FALSE(rule(text).empty());
  }
}

const std::string kLong(65, 'x');

}  // namespace

TEST_CASE("names are words") {
  accepts(wrong_name, {"a", "line-1", "Line_1.b", "1"});
  refuses(wrong_name, {"", "-a", ".a", "a b", "a/b", "a\n", "\xC3\xA4", kLong.c_str()});
}

TEST_CASE("GUIDs are complete, without braces, and not empty ones") {
  accepts(wrong_guid,
          {"11111111-2222-3333-4444-555555555555", "ABCDEF00-0000-0000-0000-000000000000"});
  refuses(wrong_guid, {"", "x", "{11111111-2222-3333-4444-555555555555}",
                       "11111111222233334444555555555555", "00000000-0000-0000-0000-000000000000"});
}

TEST_CASE("a tenant is a GUID or a domain") {
  accepts(wrong_tenant, {"11111111-2222-3333-4444-555555555555", "contoso.onmicrosoft.com"});
  refuses(wrong_tenant, {"", "contoso", "contoso..com", "contoso.com.", "con toso.com",
                         "https://contoso.com", "00000000-0000-0000-0000-000000000000"});
}

TEST_CASE("a batch is what a group tag may be") {
  accepts(wrong_batch,
          {"Laptops 2026", "a", "a.", "a/b", "\xC3\xA4", std::string(64, 'x').c_str()});
  refuses(wrong_batch, {"", " a", "a ", ".", "..", kLong.c_str()});
  accepts(unsafe_batch, {"Laptops 2026", "a", "A_b.c-d"});
  refuses(unsafe_batch, {"a.", "a/b", "a%b", "a\tb", "\xC3\xA4"});
}

TEST_CASE("a charset is one that iconv knows") {
  accepts(wrong_charset, {"windows-1252", "gbk", "ISO-8859-1"});
  refuses(wrong_charset, {"klingon", "gbk//TRANSLIT", "a b", std::string(41, 'x').c_str()});
}

TEST_CASE("a column of a file without a header has a known meaning") {
  accepts(wrong_column, {"serial", "pkid", "hash", "group_tag", "local"});
  refuses(wrong_column, {"", "Serial", "product_key"});
}

TEST_CASE("a scanner's pattern finds something that identifies") {
  accepts(wrong_pattern, {"^S?(?P<serial>[A-Z0-9]+)$", "(?P<pkid>[0-9]{13})"});
  refuses(wrong_pattern, {"", "^([A-Z]+)$", "(?P<model>.+)"});
}

TEST_CASE("a template for file names has one place for the destination") {
  accepts(wrong_template, {"{destination}_*.csv", "*-{destination}.json"});
  refuses(wrong_template, {"", "*.csv", "{destination}{destination}", "a/{destination}"});
}

TEST_CASE("a broker is a host without user and path") {
  accepts(wrong_broker,
          {"amqps://broker.contoso.example", "amqp://127.0.0.1:5672", "amqps://[::1]/"});
  refuses(wrong_broker, {"", "broker", "https://broker", "amqps://", "amqps://u:p@broker",
                         "amqps://broker/vhost", "amqps://broker:0x1"});
}

TEST_CASE("an address and a user at a broker can be seen") {
  accepts(wrong_address, {"/queue/devices", "devices"});
  refuses(wrong_address, {"", "a b", "a\nb", std::string(256, 'x').c_str()});
  accepts(wrong_user, {"", "line"});
  refuses(wrong_user, {"a b", "a\x7F"});
}

TEST_CASE("a URL is https or http with a host and nothing that hides secrets") {
  accepts(wrong_url, {"https://api.partnercenter.microsoft.com", "http://127.0.0.1:8080",
                      "https://[::1]:8443/x", "https://host/path/", "https://host:65535"});
  refuses(wrong_url,
          {"", "host", "ftp://host", "https://", "https://host:", "https://host:99999",
           "https://host:x", "https://user:password@host", "https://host?x=1", "https://host/#x",
           "https://ho st", "https://[::1", "https://[x]", "https:///x", "https://host/a b"});
}

TEST_CASE("only addresses of this machine are loopback") {
  for (const char* url :
       {"http://localhost", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80/x"}) {
    INFO(url);
    CHECK(is_loopback(url));
  }
  for (const char* url : {"http://127.0.0.1.example.com", "http://localhost.example.com",
                          "http://example.com/127.0.0.1", "http://127.evil", "http://[::2]", "x"}) {
    INFO(url);
    CHECK_FALSE(is_loopback(url));
  }
}

TEST_CASE("the other texts have their forms") {
  accepts(wrong_listen, {"", "127.0.0.1:9464", "[::1]:9464", "localhost:0", "0.0.0.0:1"});
  refuses(wrong_listen,
          {"9464", ":9464", "127.0.0.1", "[::1]", "host.example:1", "127.0.0.1:70000", "::1:80"});
  accepts(wrong_path, {"/", "/a/b"});
  refuses(wrong_path, {"", "a", "./a"});
  accepts(wrong_file, {"", "/a"});
  accepts(wrong_credential, {"contoso-secret", "a.b_c"});
  refuses(wrong_credential, {"", "../a", "a/b", ".a", "a b"});
  accepts(wrong_proxy, {"", "http://proxy:8080"});
  refuses(wrong_proxy, {"proxy:8080", "http://u:p@proxy"});
  accepts(wrong_resource, {"https://api.partnercenter.microsoft.com", "api://x/.default"});
  refuses(wrong_resource, {"", "x", "https://a b"});
  accepts(wrong_locale, {"en-US", "de", "zh-Hant-TW"});
  refuses(wrong_locale, {"", "e", "en_US", "en-US\r\n"});
  accepts(wrong_application, {"devicebatchd", "Contoso Line 1"});
  refuses(wrong_application, {"", " x", "x ", "a\r\nb", "\xC3\xA4"});
  accepts(wrong_level, {"info", "critical"});
  refuses(wrong_level, {"", "INFO", "warn"});
}
