#include "record/verdict.hpp"

#include <utility>

namespace devicebatch {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 8> kWords{{
    {Verdict::none, "pending"},
    {Verdict::registered, "registered"},
    {Verdict::already_registered, "already_registered"},
    {Verdict::duplicate, "duplicate"},
    {Verdict::superseded, "superseded"},
    {Verdict::rejected, "rejected"},
    {Verdict::failed, "failed"},
    {Verdict::conflict, "conflict"},
}};

}  // namespace

std::string_view to_string(Verdict verdict) {
  for (const auto& [value, word] : kWords) {
    if (value == verdict) return word;
  }
  return "unknown";
}

std::optional<Verdict> verdict_from(std::string_view word) {
  for (const auto& [value, known] : kWords) {
    if (known == word) return value;
  }
  return std::nullopt;
}

bool is_good(Verdict verdict) {
  switch (verdict) {
    case Verdict::registered:
    case Verdict::already_registered:
    case Verdict::duplicate:
    case Verdict::superseded:
      return true;
    case Verdict::none:
    case Verdict::rejected:
    case Verdict::failed:
    case Verdict::conflict:
      return false;
  }
  return false;
}

}  // namespace devicebatch
