#include "sandbox/control/misfortune.hpp"

namespace devicebatch::sandbox {
namespace {

void merge_framing(Framing& sum, const Framing& other) {
  if (sum.length == LengthForm::right) sum.length = other.length;
  if (!sum.cut_at) sum.cut_at = other.cut_at;
  sum.resets_after_cut |= other.resets_after_cut;
  sum.per_byte += other.per_byte;
  sum.padding += other.padding;
}

void merge_spoilage(Spoilage& sum, const Spoilage& other) {
  sum.slow += other.slow;
  if (sum.location == LocationTwist::none) sum.location = other.location;
  sum.is_truncated |= other.is_truncated;
  sum.is_cut |= other.is_cut;
  sum.is_gzipped |= other.is_gzipped;
  sum.is_pascal |= other.is_pascal;
  if (sum.content_type.empty()) sum.content_type = other.content_type;
  merge_framing(sum.framing, other.framing);
}

}  // namespace

void Misfortune::merge(const Misfortune& other) {
  if (!obstacle) obstacle = other.obstacle;
  if (!drop_request_at) drop_request_at = other.drop_request_at;
  merge_spoilage(spoilage, other.spoilage);
  job.merge(other.job);
}

}  // namespace devicebatch::sandbox
