// integration/site.hpp - a factory of one's own: drop folders, daemon and service.
//
// Purpose:   the real devicebatchd and the real devicebatch-sandbox over a folder that is gone
//            afterwards.
// Lifecycle: the sandbox runs from construction; the daemon from start() until stop() or kill().
//            Both are ended by the destructor, which shows the end of the log of a failed test.
// Threading: one thread.
#pragma once

#include "support/temp_dir.hpp"

#include "integration/sandbox_process.hpp"

#include <array>
#include <optional>
#include <set>
#include <utility>

namespace devicebatch::integration {

struct SiteOptions {
  std::vector<std::string> sandbox = {};  // options of the sandbox, besides those of every test
  std::string delivery = {};              // more keys of `delivery:`, each followed by ", "
  std::string service = {};               // more keys of `partner_center:`, each preceded by ", "
  std::string source = {};                // more keys of each source, each preceded by ", "
  std::string body = "minimal";
  std::string batch = "LINE";
  std::string secret = "sandbox-secret";
  // More keys of the account; DIR is the site's folder.
  std::string account = "client_secret: {file: DIR/client-secret}";
  std::string log_level = "debug";
  std::string drain_deadline = "10s";
  std::string settle = "0s";
  std::string more = {};  // whole lines at the end of the settings; DIR is the site's folder
};

// What a submission ended with; names of verdicts as in receipts.
using Verdicts = std::vector<std::pair<std::string, std::int64_t>>;

enum class RepeatedBodies { never, after_refusal };

class Site {
 public:
  explicit Site(SiteOptions options = {});
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // The daemon.
  void start();
  int stop(int signal = SIGTERM);
  void kill();
  ChildProcess& daemon() { return daemon_; }

  // The control socket. The second form fails the test when the daemon says no.
  std::optional<boost::json::object> try_ask(const boost::json::object& request) const;
  boost::json::object ask(const boost::json::object& request) const;
  boost::json::object status() const { return ask({{"verb", "status"}}); }
  // The command line, with --config.
  Ended run(std::vector<std::string> arguments) const;

  // Files. drop() lets a file appear whole, as a careful writer does.
  std::filesystem::path folder() const { return dir_ / "drop"; }
  std::filesystem::path second_folder() const { return dir_ / "drop-2"; }
  void drop(const std::string& name, std::string_view bytes) const;
  void drop_into(const std::filesystem::path& folder, const std::string& name,
                 std::string_view bytes) const;
  // Waits until so many submissions are finished, and no more are open.
  void wait_finished(std::int64_t submissions) const;
  // NAME and a suffix in a folder of the archive; the name may have a tag.
  std::filesystem::path archived(const std::string& place, const std::string& name,
                                 const std::string& suffix = {}) const;
  // NAME.result.json of an archived file.
  boost::json::value result(const std::string& place, const std::string& name) const;

  // Every record of the ledger by verdict, only those that are not zero.
  Verdicts verdicts() const;
  // What must hold after every test: the ledger is sound, every device was registered once, no id
  // had two bodies, and what was sent again was sent under its own id.
  void check_promises(std::int64_t devices, RepeatedBodies repeated = RepeatedBodies::never) const;
  // Whole lines of the log of the daemon that runs now, or ran last.
  std::vector<boost::json::object> log(std::string_view event) const;
  std::int64_t metrics_port() const;

  const std::filesystem::path& dir() const { return dir_.path(); }
  std::filesystem::path config() const { return dir_ / "config.yaml"; }
  const SandboxProcess& sandbox() const { return *sandbox_; }
  const SiteOptions& options() const { return options_; }
  void write_config() const;

 private:
  std::filesystem::path log_file() const;

  support::TempDir dir_;
  SiteOptions options_;
  std::unique_ptr<SandboxProcess> sandbox_;
  ChildProcess daemon_;
  int starts_ = 0;
};

// All regular files below a folder, by their contents.
std::multiset<std::string> contents_below(const std::filesystem::path& folder);
Verdicts counts_in(const boost::json::object& counts);

}  // namespace devicebatch::integration
