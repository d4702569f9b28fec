#include "sandbox/service/history.hpp"

#include "base/text.hpp"

namespace devicebatch::sandbox {

Repeat History::check(const Post& post) const {
  const auto found = bound_.find(post.request_id);
  if (found == bound_.end()) return Repeat::first_time;
  const Bound& bound = found->second;
  const bool is_same =
      bound.body_sha256 == post.body_sha256 && equals_ignoring_case(bound.path, post.path);
  return is_same ? Repeat::same_body : Repeat::other_body;
}

std::optional<std::string> History::accepted_as(std::string_view request_id, UtcTime oldest) const {
  const auto found = bound_.find(std::string(request_id));
  if (found == bound_.end() || found->second.tracking_id.empty()) return std::nullopt;
  if (found->second.accepted < oldest) return std::nullopt;
  return found->second.tracking_id;
}

void History::add(Post post) {
  ++counts_[post.outcome];
  if (post.outcome != "violation") {
    Bound& bound = bound_[post.request_id];
    bound.body_sha256 = post.body_sha256;
    bound.path = post.path;
    if (post.outcome == "accepted") {
      bound.tracking_id = post.tracking_id;
      bound.accepted = post.at;
    }
    const std::string body = post.body_sha256 + to_lower(post.path);
    const auto [first, is_new] = id_of_body_.emplace(body, post.request_id);
    if (!is_new && first->second != post.request_id) ++repeated_bodies_;
  }
  posts_.push_back(std::move(post));
}

std::uint64_t History::count(std::string_view outcome) const {
  const auto found = counts_.find(std::string(outcome));
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace devicebatch::sandbox
