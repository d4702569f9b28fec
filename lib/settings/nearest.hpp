// settings/nearest.hpp - what did they mean?
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace devicebatch::settings {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other,
// not counting the case of letters and "-" for "_".
std::size_t edit_distance(std::string_view left, std::string_view right);

// The candidate closest to `word`, empty when none is close enough to be what was meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "; did you mean WORD?" or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace devicebatch::settings
