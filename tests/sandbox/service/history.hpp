// sandbox/service/history.hpp - every upload seen, and which body each request id belongs to.
//
// Purpose:   the oracle of promise I5: an id with a second body is a violation, whatever became of
//            the first, because the sandbox saw it even when the client got no answer.
// Threading: the loop.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace devicebatch::sandbox {

struct Post {
  UtcTime at{};
  std::string path;
  std::string customer;  // lower case; empty when the path names none
  std::string batch;
  std::string request_id;  // lower case
  std::string correlation_id;
  std::string body_sha256;
  std::uint64_t body_bytes = 0;
  // accepted, replayed (same id and body again), violation (same id, another body or path), refused
  // (by the service), unprocessed (a fault came first)
  std::string outcome;
  unsigned status = 0;  // what the service decided, even if a fault kept it from the client
  std::string tracking_id;
  std::string fault;  // the faults that fired, comma-separated
};

enum class Repeat { first_time, same_body, other_body };

class History {
 public:
  // Is this id bound already? An empty id is never.
  Repeat check(const Post& post) const;
  // The tracking id of the upload that was accepted under this request id, not before `oldest`.
  std::optional<std::string> accepted_as(std::string_view request_id, UtcTime oldest) const;
  // Number the next post() will get.
  std::uint32_t next() const { return static_cast<std::uint32_t>(posts_.size()); }
  void add(Post post);
  void clear() { *this = History(); }

  const std::vector<Post>& posts() const { return posts_; }
  std::uint64_t count(std::string_view outcome) const;
  // Bodies that came under more than one request id: allowed only after a definite refusal.
  std::uint64_t repeated_bodies() const { return repeated_bodies_; }

 private:
  struct Bound {
    std::string body_sha256;
    std::string path;
    std::string tracking_id;
    UtcTime accepted{};
  };
  std::vector<Post> posts_;
  std::unordered_map<std::string, Bound> bound_;             // by request id
  std::unordered_map<std::string, std::string> id_of_body_;  // digest and path to first request id
  std::unordered_map<std::string, std::uint64_t> counts_;
  std::uint64_t repeated_bodies_ = 0;
};

}  // namespace devicebatch::sandbox
