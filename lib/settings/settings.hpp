// settings/settings.hpp - everything an operator can set, typed, with defaults.
//
// Purpose:   config/devicebatchd.yaml shows every key with unit, default and meaning; a test
//            compares. Lifecycle: read once at start and again on SIGHUP; a value, replaced as a
//            whole.
// Errors:    load_settings() returns every problem at once, each with line and nearest valid key.
// Source:    keys.hpp has the table of keys, kinds and bounds; a new member needs a row there.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::settings {

using std::chrono::milliseconds;

enum class LogFormat {
  automatic,
  text,
  json
};  // automatic: text on a terminal, journal style else
enum class BodyForm { minimal, sdk };
enum class Validation { strict, documented };
enum class HonoursRequestId { automatic, yes, no };
enum class AccountMode { app_only, app_user };  // app_user: a refresh token of a person's consent
enum class AssertionAlgorithm { ps256, rs256 };
enum class TokenEndpoint { v1, v2 };
enum class BatchNames { safe, any };
enum class ReadyWhen { stable, renamed, marked };
enum class Separator { automatic, comma, semicolon, tab, pipe };

// Where a secret is: exactly one of the two, or neither when the key is not in the file.
struct SecretRef {
  std::string credential;  // a name below $CREDENTIALS_DIRECTORY
  std::string file;        // an absolute path
  bool is_set() const { return !credential.empty() || !file.empty(); }
  bool operator==(const SecretRef&) const = default;
};

struct Account {
  std::string name;
  std::string tenant;     // the partner's tenant: GUID or domain
  std::string client_id;  // GUID
  AccountMode mode = AccountMode::app_only;
  // Who we are: one of the two.
  SecretRef client_secret;
  SecretRef certificate;  // PEM: certificate and private key
  AssertionAlgorithm assertion_algorithm = AssertionAlgorithm::ps256;
  TokenEndpoint token_endpoint = TokenEndpoint::v1;
  // Only of app_user: the file that is written at every rotation; a credential can be its seed.
  SecretRef refresh_token;
  milliseconds refresh_token_max_age{60 * 86'400'000LL};  // an older one raises an alarm
  milliseconds keep_alive{7 * 86'400'000LL};              // the longest time without using it
  bool operator==(const Account&) const = default;
};

struct Destination {
  std::string name;
  std::string account;
  std::string customer;  // tenant GUID
  std::string batch;     // becomes the customer's group tag
  bool operator==(const Destination&) const = default;
};

using Texts = std::vector<std::string>;
using TextMap = std::map<std::string, std::string>;

// What the rows of a source may look like and where they go; the same for files and messages.
struct Reading {
  Validation validation = Validation::strict;
  Separator separator = Separator::automatic;
  std::string charset;  // of text that is neither UTF-8 nor UTF-16; empty: such text is refused
  Texts columns;        // of files without a header; empty: only a hash proves them
  std::string scan_pattern;          // of scanner stations: RE2 with named groups; empty: none
  bool extract_key_exports = false;  // exports that hold product keys: the keys are dropped
  bool hash_only = false;            // a filler as serial is taken when the hash verifies
  TextMap group_tags;                // from a row's group tag to a destination
  Texts may_route_to;                // destinations that a manifest, name or property may choose
  bool operator==(const Reading&) const = default;
};

struct Source : Reading {
  std::string name;
  std::string path;  // the drop folder, absolute
  std::string destination;
  ReadyWhen ready = ReadyWhen::stable;
  milliseconds settle{5'000};                // two looks at least this far apart must agree
  milliseconds incomplete_timeout{600'000};  // how long a cut-off file may still grow
  milliseconds rescan{30'000};               // full listing even without a hint
  milliseconds marker_timeout{3'600'000};    // a marker without its file is reported after it
  milliseconds scan_debounce{0};             // equal files within it are one
  bool network = false;                      // a share: no hints, stale attributes
  bool allow_insecure_folder = false;        // anybody may write to it, without the sticky bit
  std::string archive_path;                  // where acks/, done/... are; empty: below PATH
  std::string file_name;                     // a template with {destination}; empty: none
  milliseconds keep_done{0};                 // 0: for ever
  std::uint64_t keep_done_bytes = 0;         // 0: no limit
  std::uint32_t keep_done_files = 0;
  milliseconds keep_quarantine{0};
  std::uint64_t keep_quarantine_bytes = 0;
  std::uint32_t keep_quarantine_files = 0;
  bool operator==(const Source&) const = default;
};

// A message queue, AMQP 1.0; its messages go through a private folder like files.
struct Queue : Reading {
  std::string name;
  std::string url;      // amqps://HOST[:PORT], or amqp:// to this machine
  std::string address;  // of the source at the broker, like /queue/devices
  std::string path;     // the private folder, absolute
  std::string destination;
  std::string user;  // empty: anonymous, or the certificate
  SecretRef password;
  SecretRef certificate;  // PEM: certificate and private key
  std::string ca_file;
  bool allow_plain = false;           // amqp:// without TLS, only for a loopback address
  std::uint32_t credit = 200;         // messages taken at once
  std::uint32_t max_deliveries = 10;  // a message that fails so often is rejected
  std::uint64_t max_message_bytes = 64'000'000;
  bool operator==(const Queue&) const = default;
};

struct Service {  // partner_center:
  std::string cloud = "commercial";
  // Of the cloud, unless the file has its own.
  std::string base_url = "https://api.partnercenter.microsoft.com";
  std::string authority_url = "https://login.microsoftonline.com";
  std::string resource = "https://api.partnercenter.microsoft.com";
  std::string application = "devicebatchd";
  std::string locale = "en-US";
  std::string proxy;
  std::string ca_file;
  bool allow_plain_http = false;  // only for a loopback address
  milliseconds connect_timeout{10'000};
  milliseconds first_byte_timeout{120'000};  // from the whole request to the reply's first byte
  milliseconds low_speed_timeout{60'000};    // slower than a byte a second for so long
  milliseconds request_timeout{180'000};
  bool http2 = false;
  HonoursRequestId server_honours_request_id = HonoursRequestId::automatic;
  milliseconds request_id_window{86'400'000};  // how long the server is trusted to remember one
  BatchNames batch_names = BatchNames::safe;   // what may be in the name of a batch
  bool operator==(const Service&) const = default;
};

struct Wire {
  BodyForm body = BodyForm::minimal;
  bool expect_continue = false;
  std::string contract_version;  // MS-Contract-Version; empty: not sent
  bool operator==(const Wire&) const = default;
};

struct Delivery {
  std::uint32_t chunk_devices = 500;
  std::uint64_t chunk_bytes = 2'500'000;
  std::uint32_t in_flight = 8;      // POSTs at once to one account, at most
  std::uint32_t in_flight_min = 1;  // and at least, whatever is measured
  milliseconds linger{250};         // wait so long for more rows before a chunk is cut short
  milliseconds retry_first{1'000};
  milliseconds retry_ceiling{900'000};
  milliseconds retry_after_cap{3'600'000};
  milliseconds poll_first{2'000};
  milliseconds poll_ceiling{60'000};
  milliseconds job_grace{120'000};               // an unknown tracking id may be new for so long
  milliseconds job_deadline{1'800'000};          // a job older than this is reported as stalled
  std::uint32_t polls_per_second = 10;           // looks at jobs, for one account
  milliseconds give_up_after{5 * 86'400'000LL};  // of failing, then the dead letter
  milliseconds reconcile_first{30'000};          // from an unknown outcome to the first listing
  milliseconds reconcile_wait{1'800'000};        // after it what is not listed did not arrive
  milliseconds manufacturer_data_retry{86'400'000};       // 812: between tries
  milliseconds manufacturer_data_wait{7 * 86'400'000LL};  // and how long in all
  std::uint32_t breaker_failures = 5;                     // in a row, then only probes
  milliseconds breaker_probe{60'000};                     // between probes
  milliseconds token_margin{300'000};                     // renew a token so long before it ends
  bool operator==(const Delivery&) const = default;
};

struct Settings {
  std::string ledger_path = "/var/lib/devicebatchd/ledger.db";
  std::string control_socket = "/run/devicebatchd/control.sock";
  std::string monitor_socket = "/run/devicebatchd/monitor.sock";  // empty: none
  std::string monitor_group = "devicebatchd-monitor";             // empty: the service's own
  std::string metrics_listen = "127.0.0.1:9464";                  // empty: off
  std::string log_level = "info";
  LogFormat log_format = LogFormat::automatic;
  milliseconds drain_deadline{10'000};
  Service service;
  Wire wire;
  Delivery delivery;
  std::vector<Account> accounts;
  std::vector<Destination> destinations;
  std::vector<Source> sources;
  std::vector<Queue> queues;

  const Account* account(std::string_view name) const;
  const Destination* destination(std::string_view name) const;
  const Source* source(std::string_view name) const;
  const Queue* queue(std::string_view name) const;
  bool operator==(const Settings&) const = default;
};

}  // namespace devicebatch::settings
