// integration/sandbox_process.hpp - the real devicebatch-sandbox, and what it says about us.
//
// Lifecycle: listens when constructed, ends with the object.
// Threading: one thread.
// Source:    tests/sandbox/README.md.
#pragma once

#include "http/curl_transport.hpp"

#include "integration/child_process.hpp"
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::integration {

inline constexpr std::string_view kCustomer = "66666666-7777-8888-9999-000000000000";

class SandboxProcess {
 public:
  // `folder` gets its port, log and ledger.
  SandboxProcess(const std::filesystem::path& folder, const std::vector<std::string>& options);

  const std::string& url() const { return url_; }

  // Counts, as GET /sandbox/summary says them.
  boost::json::object summary() const;
  std::int64_t count(std::string_view name) const;
  boost::json::value ledger() const;
  // Requests whose target contains `part`, oldest first.
  std::vector<boost::json::object> requests(std::string_view part) const;

  void set_rules(std::string_view json) const;
  // How often the first of them fired.
  std::int64_t fired() const;
  void set_options(std::string_view json) const;

  // As another client of the same customer: creates a batch with one device of its own.
  void create_batch_as_somebody_else(std::string_view batch, std::string_view serial) const;

  http::Response get(const std::string& url) const;
  http::Response post(const std::string& path, std::string body,
                      std::vector<http::Header> headers = {}) const;

 private:
  boost::json::value get_json(const std::string& path) const;

  ChildProcess process_;
  std::string url_;
  std::unique_ptr<http::CurlTransport> client_;
};

// Parses or fails the test; a byte order mark is skipped.
boost::json::value parse_json(std::string_view text);
// A header of one of requests(), empty when absent.
std::string header_of(const boost::json::object& request, std::string_view name);

}  // namespace devicebatch::integration
