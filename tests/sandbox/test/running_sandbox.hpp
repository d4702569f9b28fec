// sandbox/test/running_sandbox.hpp - a sandbox on a thread of its own, and a client that sees
// bytes.
//
// Lifecycle: listens when constructed, is stopped and joined when destroyed.
// Threading: the sandbox runs on its thread; everything here is used by the test's.
#pragma once

#include "sandbox/options.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/web/message.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace devicebatch::sandbox {

inline constexpr std::string_view kCustomer = "11111111-1111-4111-8111-111111111111";
inline constexpr std::string_view kOtherCustomer = "22222222-2222-4222-8222-222222222222";

struct Reply {
  bool is_answered = false;  // false: closed or reset before a whole answer came
  bool was_reset = false;
  unsigned status = 0;
  std::vector<Header> headers;
  std::string body;  // as received, BOM included

  std::string_view header(std::string_view name) const;
  bool has_bom() const { return body.starts_with("\xEF\xBB\xBF"); }
  boost::json::value json() const;  // null when the body is none
  std::string code() const;         // of an error body
};

// Options as tests want them: jobs end at once, dummy hashes are fine.
Options quick_options();

class RunningSandbox {
 public:
  explicit RunningSandbox(Options options = quick_options());
  ~RunningSandbox();

  // On a connection of its own. A bearer token is added when there is one and the path is not ours.
  Reply send(std::string_view method, const std::string& target, std::string_view body = {},
             const std::vector<Header>& headers = {}) const;
  Reply get(const std::string& target, const std::vector<Header>& headers = {}) const;
  Reply post(const std::string& target, std::string_view body,
             const std::vector<Header>& headers = {}) const;
  Reply ask_token(
      std::string_view secret = "sandbox-secret",
      std::string_view resource = "https%3A%2F%2Fapi.partnercenter.microsoft.com") const;

  // Bytes in, bytes out: what comes until the sandbox closes. Writing stops when it does.
  struct Exchange {
    std::string received;
    bool was_reset = false;
  };
  Exchange exchange(std::string_view bytes) const;
  // A request as send() writes it, to end the connection.
  std::string request_bytes(std::string_view method, const std::string& target,
                            std::string_view body = {},
                            const std::vector<Header>& headers = {}) const;

  // Steering; each must succeed.
  void set_rules(std::string_view json) const;
  void set_option(std::string_view json) const;
  void steer(const std::string& verb, std::string_view json) const;
  boost::json::object summary() const;
  boost::json::value ledger() const;

  std::uint16_t port() const { return sandbox_.port(); }
  std::string token;  // taken at construction

 private:
  Sandbox sandbox_;
  std::thread thread_;
};

// A member of a JSON object as text; empty when it is none.
std::string text_at(const boost::json::value& object, std::string_view name);

// Paths of the device API.
std::string batches_path(std::string_view customer = kCustomer);
std::string devices_path(std::string_view batch, std::string_view customer = kCustomer);
// Where a 202 says the job is.
std::string job_path(const Reply& accepted);

// {"batchId":...,"devices":[...]} and [...] of devices with these serials and hashes made from
// them.
std::string create_body(std::string_view batch, const std::vector<std::string>& serials);
std::string append_body(const std::vector<std::string>& serials);

// "status" of the job and of its devices, errorDescription for those that failed.
std::string job_state(const Reply& status);
std::vector<std::string> device_states(const Reply& status);

}  // namespace devicebatch::sandbox
