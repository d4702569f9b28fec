#include "integration/sandbox_process.hpp"

#include "base/text.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {

namespace json = boost::json;

json::value parse_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  json::error_code error;
  json::value value = json::parse(text, error);
  if (error) FAIL("not JSON: " << text);
  return value;
}

std::string header_of(const json::object& request, std::string_view name) {
  for (const json::value& header : request.at("headers").as_array()) {
    const std::string_view found = header.at(0).as_string();
    if (equals_ignoring_case(found, name)) return std::string(header.at(1).as_string());
  }
  return {};
}

SandboxProcess::SandboxProcess(const std::filesystem::path& folder,
                               const std::vector<std::string>& options) {
  const std::filesystem::path port_file = folder / "sandbox.port";
  std::vector<std::string> command{DEVICEBATCH_SANDBOX,
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--port-file",
                                   port_file.string(),
                                   "--ledger",
                                   folder / "sandbox.jsonl",
                                   "--seed",
                                   "7"};
  command.insert(command.end(), options.begin(), options.end());
  process_ = ChildProcess(command, folder / "sandbox.log", folder / "sandbox.log");
  REQUIRE(eventually([&] { return std::filesystem::exists(port_file) || !process_.is_running(); }));
  REQUIRE(process_.is_running());
  url_ = "http://127.0.0.1:" + std::string(trim(support::read_file(port_file)));
  http::CurlOptions client;
  client.allows_plain_http = true;
  client_ = std::make_unique<http::CurlTransport>(client);
}

http::Response SandboxProcess::get(const std::string& url) const {
  http::Request request;
  request.url = url;
  Result<http::Response> response = http::perform(*client_, std::move(request));
  if (!response) FAIL(url << ": " << response.error().message());
  return std::move(*response);
}

http::Response SandboxProcess::post(const std::string& path, std::string body,
                                    std::vector<http::Header> headers) const {
  http::Request request;
  request.method = "POST";
  request.url = url_ + path;
  request.headers = std::move(headers);
  request.body = std::move(body);
  Result<http::Response> response = http::perform(*client_, std::move(request));
  if (!response) FAIL(path << ": " << response.error().message());
  return std::move(*response);
}

json::value SandboxProcess::get_json(const std::string& path) const {
  return parse_json(get(url_ + path).body);
}

json::object SandboxProcess::summary() const {
  return get_json("/sandbox/summary").as_object();
}

std::int64_t SandboxProcess::count(std::string_view name) const {
  return summary().at(name).to_number<std::int64_t>();
}

json::value SandboxProcess::ledger() const {
  return get_json("/sandbox/ledger");
}

std::vector<json::object> SandboxProcess::requests(std::string_view part) const {
  std::vector<json::object> found;
  const json::value all = get_json("/sandbox/requests");
  for (const json::value& request : all.at("requests").as_array()) {
    const std::string_view target = request.at("target").as_string();
    if (target.find(part) != std::string_view::npos) found.push_back(request.as_object());
  }
  return found;
}

void SandboxProcess::set_rules(std::string_view rules) const {
  REQUIRE(post("/sandbox/rules", std::string(rules)).status == 200);
}

std::int64_t SandboxProcess::fired() const {
  return get_json("/sandbox/rules").at("rules").at(0).at("fired").to_number<std::int64_t>();
}

void SandboxProcess::set_options(std::string_view options) const {
  REQUIRE(post("/sandbox/options", std::string(options)).status == 200);
}

void SandboxProcess::create_batch_as_somebody_else(std::string_view batch,
                                                   std::string_view serial) const {
  const http::Response token =
      post("/other.example/oauth2/token",
           "grant_type=client_credentials&client_id=other&client_secret=sandbox-secret"
           "&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com");
  REQUIRE(token.status == 200);
  const std::string access(parse_json(token.body).at("access_token").as_string());
  const json::object device{{"serialNumber", serial},
                            {"productKey", "3305999999999"},
                            {"oemManufacturerName", "Contoso"},
                            {"modelName", "Other"}};
  const json::object body{{"batchId", batch}, {"devices", json::array{device}}};
  const http::Response created =
      post("/v1/customers/" + std::string(kCustomer) + "/deviceBatches", json::serialize(body),
           {{"Authorization", "Bearer " + access}, {"Content-Type", "application/json"}});
  INFO(created.body);
  REQUIRE(created.status == 202);
}

}  // namespace devicebatch::integration
