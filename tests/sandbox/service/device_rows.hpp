// sandbox/service/device_rows.hpp - the devices of an upload as the service reads them.
//
// Purpose:   member names in any case, unknown members ignored, empty strings absent; the hash is
//            reduced to a digest, because the registry only compares.
// Threading: pure.
// Source:    docs/protocol.md, "Bodies": the accepted identification sets.
#pragma once

#include "sandbox/options.hpp"
#include "sandbox/web/message.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::sandbox {

// {"key": "o_o_b_e", "value": an id or a name}
struct PolicyLink {
  std::string key;
  std::string value;
};

struct DeviceRow {
  std::string serial;
  std::string pkid;
  std::string manufacturer;
  std::string model;
  std::string hash;  // half a SHA-256 of the text sent, hexadecimal; empty without a hash
  bool has_good_hash = true;
  std::vector<PolicyLink> policies;
};

enum class Outcome : std::uint8_t {
  registered,
  already,         // 806
  other_tenant,    // 808
  duplicated,      // a twin stands earlier in the same upload
  bad_hash,        // 802
  not_found,       // 812
  entra_object,    // 814
  storage_error,   // no number is published
  bad_request,     // 801
  no_keys,         // 803
  not_registered,  // 807
  no_profile,      // 809
  other_profile,   // 810
  other_partner,   // 811
  not_unique,      // 813
  short_hash,      // HashNot4k; no number is published
  misnumbered,     // the name of 808 under the number 806
  unheard,         // a code and a name that nobody has published
  updated,         // its policies were set
};
constexpr std::size_t kOutcomes = 19;
bool is_success(Outcome outcome);

// What a device's status says, and the word of the sandbox's own ledger.
struct OutcomeText {
  const char* word;
  const char* error_code;
  const char* error_name;
};
const OutcomeText& text_of(Outcome outcome);
std::optional<Outcome> outcome_named(std::string_view word);

// One device of a job, and what became of it.
struct DeviceResult {
  Outcome outcome = Outcome::registered;
  std::string device_id;  // of the registered device; empty after a failure
};

struct UploadBody {
  std::string batch;  // only when a batch is created
  std::vector<DeviceRow> rows;
};

// A create has {batchId, devices}, an append a bare array. The Answer is the refusal.
struct ReadUpload {
  UploadBody body;
  std::optional<Answer> refusal;
};
ReadUpload read_upload(std::string_view body, bool creates, const Options& options);

// The policies of a device, as far as they have a key; an entry without a value takes it away.
std::vector<PolicyLink> read_policies(const boost::json::object& device);

// The member of an object by its name in any case; nullptr when absent or null.
const boost::json::value* member(const boost::json::object& object, std::string_view name);
std::string text_member(const boost::json::object& object, std::string_view name);
// Half a SHA-256 in hexadecimal.
std::string hash_key(std::string_view hash_text);

}  // namespace devicebatch::sandbox
