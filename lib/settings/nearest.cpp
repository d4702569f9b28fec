#include "settings/nearest.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace devicebatch::settings {
namespace {

// Nobody mistypes a word of this length beyond recognition, and the work grows with its square.
constexpr std::size_t kWordBytes = 64;

// With more candidates than this the work would grow with the square of the file.
constexpr std::size_t kCandidates = 500;

char folded(char c) {
  return c == '-' ? '_' : ascii_lower(c);
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Three rows of the usual table: swaps look back two.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t at = 0; at <= right.size(); ++at) above[at] = at;
  for (std::size_t l = 1; l <= left.size(); ++l) {
    row[0] = l;
    for (std::size_t r = 1; r <= right.size(); ++r) {
      const char a = folded(left[l - 1]);
      const char b = folded(right[r - 1]);
      row[r] = std::min({above[r] + 1, row[r - 1] + 1, above[r - 1] + (a == b ? 0U : 1U)});
      const bool is_swapped =
          l > 1 && r > 1 && a == folded(right[r - 2]) && b == folded(left[l - 2]);
      if (is_swapped) row[r] = std::min(row[r], before[r - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[right.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kWordBytes || candidates.size() > kCandidates) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kWordBytes) continue;
    const std::size_t distance = edit_distance(word, candidate);
    // All of a short word replaced is not a typing mistake.
    if (distance >= best_distance || distance >= word.size()) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view meant = nearest(word, candidates);
  return meant.empty() ? std::string() : "; did you mean " + printable(meant) + "?";
}

}  // namespace devicebatch::settings
