// sandbox/control/misfortune.hpp - everything that befalls one request.
//
// Threading: values.
// Source:    tests/sandbox/README.md, "Rules".
#pragma once

#include "sandbox/service/job_quirks.hpp"
#include "sandbox/web/message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace devicebatch::sandbox {

// Replaces the answer.
struct Obstacle {
  enum class Kind { drop, reset, status, html, expired_token, aadsts };
  Kind kind = Kind::drop;
  bool commits = false;  // the service does its work first, and the client never learns of it
  unsigned status = 503;
  std::optional<std::string> retry_after;  // as it is sent, or seconds when it shall be a date
  bool retry_after_is_date = false;
  bool omits_retry_after = false;  // otherwise a 429 says 1 second
  bool revokes_tokens = false;
  std::string code;  // of the error body; empty: the published one
  std::string description;
  int aadsts = 0;                   // of the identity platform; 0: 90033
  std::optional<std::string> body;  // instead of any other
  std::string content_type;
  std::vector<Header> headers;
};

enum class LocationTwist {
  none,
  absent,
  in_body,         // absent, and a link in the body
  empty,           // the header without a value
  other_host,      // the right path on a host that is not ours
  http_downgrade,  // http:// whatever the connection was
  file,            // file://
  userinfo,        // https://user:password@...
  too_long,        // 64 KB of it
  crlf,            // an encoded line end and another header behind it
  folded,          // continued on a second line, as old HTTP allowed
  not_guid,
  other_customer,
};

// Spoils a finished answer.
struct Spoilage {
  std::chrono::milliseconds slow{0};
  LocationTwist location = LocationTwist::none;
  bool is_truncated = false;  // half of the body, with a fitting length
  bool is_cut = false;
  bool is_gzipped = false;
  bool is_pascal = false;    // members in PascalCase, codes as numbers
  std::string content_type;  // instead of the right one
  Framing framing;
};

struct Misfortune {
  std::optional<Obstacle> obstacle;
  std::optional<std::uint64_t> drop_request_at;
  Spoilage spoilage;
  JobQuirks job;
  std::string names;  // comma-separated

  // Takes over what `other` brings and nobody has decided yet; times and counts add up.
  void merge(const Misfortune& other);
};

}  // namespace devicebatch::sandbox
