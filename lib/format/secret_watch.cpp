#include "format/secret_watch.hpp"

#include "record/product_key.hpp"

#include <algorithm>

namespace devicebatch::format {
namespace {

// A key with three bytes of dash between its groups has 37, and what is around it decides.
constexpr std::size_t kOverlap = record::kKeyContextBytes + 64;

}  // namespace

void SecretWatch::look(std::string_view piece) {
  if (has_seen_) return;
  tail_.append(piece.substr(0, kOverlap));
  has_seen_ = record::contains_product_key(tail_) || record::contains_product_key(piece);
  if (piece.size() >= kOverlap) tail_ = piece.substr(piece.size() - kOverlap);
  if (tail_.size() > kOverlap) tail_.erase(0, tail_.size() - kOverlap);
}

Result<void> SecretWatch::look_at_rest(TextWindow& window) {
  while (!has_seen_) {
    look(window.rest());
    window.skip(window.rest().size());
    if (window.is_last()) break;
    auto more = window.refill();
    if (!more) return more;
  }
  return {};
}

}  // namespace devicebatch::format
