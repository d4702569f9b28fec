#include "ledger/identity/spelling_book.hpp"

#include "base/text.hpp"
#include "record/placeholder.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// A site has some hundred models; a table that somebody fills with made-up ones stays small.
constexpr std::int64_t kMostSpellings = 10'000;
constexpr std::size_t kMostRemembered = 1'000;

// Letters and digits: "Dell Inc." and "DELL INC" are two spellings of one name.
std::string folded(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const char lower = ascii_lower(c);
    if ((lower >= 'a' && lower <= 'z') || is_ascii_digit(lower)) text.push_back(lower);
  }
  return text;
}

}  // namespace

void SpellingBook::learn(std::span<const record::Spelling> spellings) {
  for (const record::Spelling& spelling : spellings) {
    learn(Kind::manufacturer, spelling.manufacturer);
    learn(Kind::model, spelling.model);
  }
}

void SpellingBook::learn(Kind kind, std::string_view exact) {
  if (exact.empty()) return;
  std::vector<std::string>& spellings = known(kind, exact);
  if (std::ranges::find(spellings, exact) != spellings.end()) return;
  const std::string key = folded(exact);
  if (key.empty() || record::is_placeholder_name(exact)) return;
  const std::int64_t added = db_.run(
      "INSERT OR IGNORE INTO spelling(kind, folded, exact) SELECT ?1, ?2, ?3 WHERE"
      " (SELECT ifnull(max(id), 0) FROM spelling) < ?4",
      kind, key, exact, kMostSpellings);
  if (added != 0) spellings.emplace_back(exact);
}

std::vector<std::string>& SpellingBook::known(Kind kind, std::string_view name) {
  if (remembered_.size() >= kMostRemembered) remembered_.clear();
  const auto [found, is_new] = remembered_.try_emplace({kind, folded(name)});
  if (!is_new) return found->second;
  auto rows = db_.query("SELECT exact FROM spelling WHERE kind = ? AND folded = ? ORDER BY id",
                        kind, found->first.second);
  while (rows.step()) found->second.push_back(rows.text(0));
  return found->second;
}

void SpellingBook::check(Kind kind, std::string_view name, std::vector<record::Finding>& findings) {
  if (name.empty()) return;
  const auto& spellings = known(kind, name);
  if (spellings.empty() || std::ranges::find(spellings, name) != spellings.end()) return;
  const auto code = kind == Kind::manufacturer ? record::Code::manufacturer_known_spelling
                                               : record::Code::model_known_spelling;
  findings.push_back(record::make_finding(code, {name, spellings.front()}));
}

void SpellingBook::check(const record::BatchRow& row, std::vector<record::Finding>& findings) {
  if (row.hash_form != record::HashForm::none) return;
  check(Kind::manufacturer, row.manufacturer, findings);
  check(Kind::model, row.model, findings);
}

}  // namespace devicebatch::ledger
