#include "queue/file_name.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::queue;

namespace {

std::string name_for(std::string id, std::string type = "text/csv", std::string body = "x") {
  Message message;
  message.id = std::move(id);
  message.content_type = std::move(type);
  message.body = std::move(body);
  return file_name_of(message, "01890000-0000-7000-8000-0123456789ab");
}

std::string extension_for(std::string type, std::string body) {
  return name_for("m", std::move(type), std::move(body)).substr(1);
}

}  // namespace

TEST_CASE("a message is called after its id, or after its submission when it has none") {
  CHECK(name_for("ORDER-17") == "ORDER-17.csv");
  CHECK(name_for("") == "01890000-0000-7000-8000-0123456789ab.csv");
}

TEST_CASE("an id leads nowhere, hides nothing and is no receipt") {
  CHECK(name_for("../../etc/passwd") == "______etc_passwd.csv");
  CHECK(name_for(".hidden") == "_hidden.csv");
  CHECK(name_for("-rf") == "_rf.csv");
  CHECK(name_for("a.csv.result") == "a_csv_result.csv");
  CHECK(name_for("a\xE2\x80\xAE"
                 "b") == "a___b.csv");
  CHECK(name_for(std::string(300, 'n')) == std::string(100, 'n') + ".csv");
}

TEST_CASE("the content type decides the extension, with parameters or without") {
  CHECK(extension_for("text/csv; charset=utf-8", "{}") == ".csv");
  CHECK(extension_for("Application/JSON", "a,b") == ".json");
  CHECK(extension_for("application/x-ndjson", "a,b") == ".jsonl");
  CHECK(extension_for("application/jsonl", "a,b") == ".jsonl");
}

TEST_CASE("without a content type that says it, the first bytes decide") {
  const std::string type = GENERATE("", "application/octet-stream", "text/plain");
  CHECK(extension_for(type, "a,b\n1,2\n") == ".csv");
  CHECK(extension_for(type, "\xEF\xBB\xBF {\"a\":1}") == ".json");
  CHECK(extension_for(type, "[{}]") == ".json");
  CHECK(extension_for(type, "{\"a\":1}\n{\"a\":2}\n") == ".jsonl");
  CHECK(extension_for(type, "{\n\"a\":1\n}\n") == ".json");
  CHECK(extension_for(type, "<Key/>") == ".xml");
  CHECK(extension_for(type, "\x1f\x8b\x08") == ".gz");
  CHECK(extension_for(type, "") == ".csv");
}
