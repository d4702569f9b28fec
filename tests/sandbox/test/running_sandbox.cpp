#include "sandbox/test/running_sandbox.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>

namespace devicebatch::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using boost::beast::error_code;

json::array devices_of(const std::vector<std::string>& serials) {
  json::array devices;
  for (const std::string& serial : serials) {
    devices.push_back({{"serialNumber", serial}, {"hardwareHash", "hash of " + serial}});
  }
  return devices;
}

void read_reply(tcp::socket& socket, Reply& reply) {
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::uint64_t{64} << 20);
  error_code error;
  http::read(socket, buffer, parser, error);
  reply.was_reset = error == asio::error::connection_reset;
  reply.is_answered = !error;
  reply.status = parser.is_header_done() ? parser.get().result_int() : 0;
  for (const auto& field : parser.get()) {
    reply.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  reply.body = parser.get().body();
}

}  // namespace

std::string_view Reply::header(std::string_view name) const {
  for (const Header& each : headers) {
    if (equals_ignoring_case(each.name, name)) return each.value;
  }
  return {};
}

json::value Reply::json() const {
  json::error_code error;
  json::value value = json::parse(std::string_view(body).substr(has_bom() ? 3 : 0), error);
  return error ? json::value(nullptr) : value;
}

std::string Reply::code() const {
  const json::value value = json();
  const json::object* object = value.if_object();
  const json::value* code = object ? object->if_contains("code") : nullptr;
  return code && code->is_string() ? std::string(std::string_view(code->get_string())) : "";
}

Options quick_options() {
  Options options;
  options.job_time = std::chrono::milliseconds(0);
  options.accepts_dummy_hashes = true;
  options.seed = 7;
  return options;
}

RunningSandbox::RunningSandbox(Options options) : sandbox_(std::move(options)) {
  const auto opened = sandbox_.open();
  DEVICEBATCH_CHECK(opened.has_value());
  thread_ = std::thread([this] { sandbox_.run(); });
  const json::value reply = ask_token().json();
  if (const json::object* object = reply.if_object()) {
    const json::value* access = object->if_contains("access_token");
    if (access) token = std::string_view(access->get_string());
  }
}

RunningSandbox::~RunningSandbox() {
  sandbox_.stop();
  thread_.join();
}

namespace {

struct Message {
  std::string_view method;
  const std::string& target;
  std::string_view body;
  const std::vector<Header>& headers;
};

http::request<http::string_body> to_request(const RunningSandbox& sandbox, const Message& message) {
  http::request<http::string_body> request;
  request.version(11);
  request.method_string({message.method.data(), message.method.size()});
  request.target(message.target);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(sandbox.port()));
  if (!sandbox.token.empty()) request.set(http::field::authorization, "Bearer " + sandbox.token);
  for (const Header& each : message.headers) request.set(each.name, each.value);
  request.body() = message.body;
  request.prepare_payload();
  return request;
}

tcp::socket connect(asio::io_context& context, std::uint16_t port) {
  tcp::socket socket(context);
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  return socket;
}

}  // namespace

Reply RunningSandbox::send(std::string_view method, const std::string& target,
                           std::string_view body, const std::vector<Header>& headers) const {
  asio::io_context context;
  tcp::socket socket = connect(context, port());
  error_code error;
  http::write(socket, to_request(*this, {method, target, body, headers}), error);
  Reply reply;
  read_reply(socket, reply);
  return reply;
}

std::string RunningSandbox::request_bytes(std::string_view method, const std::string& target,
                                          std::string_view body,
                                          const std::vector<Header>& headers) const {
  auto request = to_request(*this, {method, target, body, headers});
  request.keep_alive(false);
  std::ostringstream bytes;
  bytes << request;
  return bytes.str();
}

RunningSandbox::Exchange RunningSandbox::exchange(std::string_view bytes) const {
  asio::io_context context;
  tcp::socket socket = connect(context, port());
  error_code error;
  asio::write(socket, asio::buffer(bytes), error);
  Exchange result;
  asio::read(socket, asio::dynamic_buffer(result.received), error);
  result.was_reset = error == asio::error::connection_reset;
  return result;
}

Reply RunningSandbox::get(const std::string& target, const std::vector<Header>& headers) const {
  return send("GET", target, {}, headers);
}

Reply RunningSandbox::post(const std::string& target, std::string_view body,
                           const std::vector<Header>& headers) const {
  return send("POST", target, body, headers);
}

Reply RunningSandbox::ask_token(std::string_view secret, std::string_view resource) const {
  return post("/contoso.example/oauth2/token",
              "grant_type=client_credentials&client_id=client&client_secret=" +
                  std::string(secret) + "&resource=" + std::string(resource));
}

void RunningSandbox::set_rules(std::string_view json) const {
  steer("rules", json);
}

void RunningSandbox::set_option(std::string_view json) const {
  steer("options", json);
}

void RunningSandbox::steer(const std::string& verb, std::string_view json) const {
  DEVICEBATCH_CHECK(post("/sandbox/" + verb, json).status == 200);
}

json::object RunningSandbox::summary() const {
  return get("/sandbox/summary").json().as_object();
}

json::value RunningSandbox::ledger() const {
  return get("/sandbox/ledger").json();
}

std::string text_at(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* value = members ? members->if_contains(name) : nullptr;
  const bool is_text = value != nullptr && value->is_string();
  return is_text ? std::string(std::string_view(value->get_string())) : std::string();
}

std::string batches_path(std::string_view customer) {
  return "/v1/customers/" + std::string(customer) + "/deviceBatches";
}

std::string devices_path(std::string_view batch, std::string_view customer) {
  return batches_path(customer) + "/" + std::string(batch) + "/devices";
}

std::string job_path(const Reply& accepted) {
  return "/v1" + std::string(accepted.header("Location"));
}

std::string create_body(std::string_view batch, const std::vector<std::string>& serials) {
  const json::value body = {{"batchId", batch}, {"devices", devices_of(serials)}};
  return json::serialize(body);
}

std::string append_body(const std::vector<std::string>& serials) {
  return json::serialize(devices_of(serials));
}

std::string job_state(const Reply& status) {
  if (status.status != 200) return std::to_string(status.status);
  return std::string(std::string_view(status.json().at("status").as_string()));
}

std::vector<std::string> device_states(const Reply& status) {
  std::vector<std::string> states;
  const json::value body = status.json();
  const json::value* devices = body.as_object().if_contains("devicesStatus");
  if (devices == nullptr) return states;
  for (const json::value& each : devices->as_array()) {
    const json::value* error = each.as_object().if_contains("errorDescription");
    states.emplace_back(
        std::string_view(error ? error->as_string() : each.at("status").as_string()));
  }
  return states;
}

}  // namespace devicebatch::sandbox
