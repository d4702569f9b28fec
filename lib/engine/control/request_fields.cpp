#include "engine/control/request_fields.hpp"

#include "base/text.hpp"
#include "record/product_key.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

constexpr std::size_t kTextBytes = 500;
constexpr std::size_t kIdsMax = kPageRows;
constexpr std::string_view kSafetyWord = "ALL";

// The enumerators have the numbers 0 to `last`.
template <class Word>
Result<Word> word_from(std::string_view text, Word last, std::string_view what) {
  std::string words;
  for (int at = 0; at <= static_cast<int>(last); ++at) {
    const auto word = static_cast<Word>(at);
    if (to_string(word) == text) return word;
    words += (at == 0 ? "" : " ") + std::string(to_string(word));
  }
  return fail(Errc::rejected, "\"" + printable(text) + "\" is no " + std::string(what) +
                                  "; it is one of: " + words);
}

Result<DestinationId> destination_from(std::string_view name, const DestinationBook& book) {
  const std::optional<DestinationId> id = book.find(name);
  if (id) return *id;
  return fail(Errc::not_found, "no destination \"" + printable(name) + "\" in the settings");
}

Result<void> set_submission(ledger::RecordFilter& filter, std::string_view text,
                            ledger::Ledger& ledger) {
  const std::optional<Uuid> uuid = Uuid::parse(text);
  if (!uuid) return fail(Errc::rejected, "\"" + printable(text) + "\" is no submission id");
  Result<std::optional<ledger::SubmissionSummary>> found = ledger.receipts().find_submission(*uuid);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "no submission " + uuid->to_string());
  filter.submission = (*found)->id;
  return {};
}

template <class T>
Result<void> set(std::optional<T>& into, Result<T> value) {
  if (!value) return fail(std::move(value.error()));
  into = *value;
  return {};
}

Result<void> set_flag(bool& into, std::string_view text, std::string_view name) {
  if (text != "true" && text != "false") {
    return fail(Errc::rejected, std::string(name) + " is true or false");
  }
  into = text == "true";
  return {};
}

Result<void> set_text(std::string& into, std::string_view text, std::string_view name) {
  Result<void> checked = check_text(text, name);
  if (checked) into = text;
  return checked;
}

using SetCondition = std::function<Result<void>(std::string_view value)>;
struct Condition {
  std::string_view name;
  SetCondition set;
};

// Every member of `where` through its condition.
Result<void> read_where(const json::object& request, const std::vector<Condition>& conditions) {
  const json::value* where = request.if_contains("where");
  if (where == nullptr) return {};
  if (!where->is_object()) return fail(Errc::rejected, "\"where\" must be an object of texts");
  for (const auto& member : where->get_object()) {
    const std::string_view name = member.key();
    const auto found = std::ranges::find(conditions, name, &Condition::name);
    if (found == conditions.end()) {
      std::string known;
      for (const Condition& each : conditions) known += " " + std::string(each.name);
      return fail(Errc::rejected,
                  "nothing is chosen by \"" + printable(name) + "\"; choose by:" + known);
    }
    if (!member.value().is_string() || member.value().get_string().empty()) {
      return fail(Errc::rejected, std::string(name) + " needs a value");
    }
    Result<void> set = found->set(std::string_view(member.value().get_string()));
    if (!set) return set;
  }
  return {};
}

}  // namespace

std::string text_field(const json::object& request, std::string_view name) {
  const json::value* member = request.if_contains(name);
  if (member == nullptr || !member->is_string()) return {};
  return std::string(member->get_string());
}

std::int64_t number_field(const json::object& request, std::string_view name) {
  const json::value* member = request.if_contains(name);
  if (member == nullptr) return 0;
  if (const auto* number = member->if_int64()) return std::max<std::int64_t>(*number, 0);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (const auto* natural = member->if_uint64(); natural != nullptr && *natural <= kMost) {
    return static_cast<std::int64_t>(*natural);
  }
  return 0;
}

bool flag_field(const json::object& request, std::string_view name) {
  const json::value* member = request.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

Result<std::vector<std::int64_t>> numbers_field(const json::object& request,
                                                std::string_view name) {
  const json::value* member = request.if_contains(name);
  if (member == nullptr) return std::vector<std::int64_t>();
  if (!member->is_array() || member->get_array().size() > kIdsMax) {
    return fail(Errc::rejected, "\"" + std::string(name) + "\" must be a list of at most " +
                                    std::to_string(kIdsMax) + " numbers");
  }
  std::vector<std::int64_t> numbers;
  for (const json::value& entry : member->get_array()) {
    const auto* number = entry.if_int64();
    if (number == nullptr || *number <= 0) {
      return fail(Errc::rejected, "\"" + std::string(name) + "\" must hold positive numbers");
    }
    numbers.push_back(*number);
  }
  return numbers;
}

Result<std::vector<std::string>> texts_field(const json::object& request, std::string_view name,
                                             std::size_t most) {
  std::vector<std::string> texts;
  const json::value* member = request.if_contains(name);
  if (member == nullptr) return texts;
  if (!member->is_array() || member->get_array().size() > most) {
    return fail(Errc::rejected, "\"" + std::string(name) + "\" must be a list of at most " +
                                    std::to_string(most) + " texts");
  }
  for (const json::value& entry : member->get_array()) {
    if (!entry.is_string() || entry.get_string().empty()) {
      return fail(Errc::rejected, "\"" + std::string(name) + "\" must hold texts");
    }
    texts.emplace_back(entry.get_string());
  }
  return texts;
}

std::size_t page_rows(const json::object& request) {
  const auto asked = static_cast<std::size_t>(number_field(request, "limit"));
  return asked == 0 ? kPageRows : std::min(asked, kPageRows);
}

Result<void> check_text(std::string_view text, std::string_view what) {
  if (record::contains_product_key(text)) {
    return fail(Errc::rejected, std::string(what) +
                                    " holds a product key: that is a secret and never kept; use "
                                    "the serial number or the 13-digit product key id");
  }
  if (text.size() > kTextBytes) {
    return fail(Errc::rejected,
                std::string(what) + " is longer than " + std::to_string(kTextBytes) + " bytes");
  }
  return {};
}

Result<RecordChoice> read_record_choice(const json::object& request, const DestinationBook& book,
                                        ledger::Ledger& ledger) {
  RecordChoice choice;
  ledger::RecordFilter& filter = choice.filter;
  using Text = std::string_view;
  const std::vector<Condition> conditions{
      {"destination",
       [&](Text text) { return set(filter.destination, destination_from(text, book)); }},
      {"submission", [&](Text text) { return set_submission(filter, text, ledger); }},
      {"chunk",
       [&](Text text) -> Result<void> {
         const std::optional<std::int64_t> id = parse_row_id(text, "chunk");
         if (!id) return fail(Errc::rejected, "\"" + printable(text) + "\" is no chunk");
         filter.chunk = ChunkId{*id};
         return {};
       }},
      {"code", [&](Text text) { return set_text(filter.code, text, "code"); }},
      {"verdict",
       [&](Text text) {
         return set(filter.verdict, word_from(text, Verdict::conflict, "verdict"));
       }},
      {"stage",
       [&](Text text) {
         return set(filter.stage, word_from(text, ledger::RecordStage::finished, "stage"));
       }},
      {"serial", [&](Text text) { return set_text(filter.serial, text, "serial"); }},
      {"dead_letter",
       [&](Text text) { return set_flag(filter.is_dead_letter, text, "dead_letter"); }},
      {"all",
       [&](Text text) -> Result<void> {
         choice.is_all = text == kSafetyWord;
         if (choice.is_all) return {};
         return fail(Errc::rejected, "everything is chosen by all=ALL, in capitals");
       }},
  };
  Result<void> read = read_where(request, conditions);
  if (!read) return fail(std::move(read.error()));
  if (choice.is_all && !is_unbounded(filter)) {
    return fail(Errc::rejected, "all=ALL stands alone: another condition would make it less");
  }
  return choice;
}

Result<ledger::SubmissionFilter> read_submission_filter(const json::object& request,
                                                        const DestinationBook& book) {
  ledger::SubmissionFilter filter;
  using Text = std::string_view;
  const std::vector<Condition> conditions{
      {"destination",
       [&](Text text) { return set(filter.destination, destination_from(text, book)); }},
      {"source", [&](Text text) { return set_text(filter.source, text, "source"); }},
      {"state",
       [&](Text text) {
         return set(filter.state, word_from(text, ledger::SubmissionState::finished, "state"));
       }},
      {"open", [&](Text text) { return set_flag(filter.is_open, text, "open"); }},
  };
  Result<void> read = read_where(request, conditions);
  if (!read) return fail(std::move(read.error()));
  return filter;
}

Result<ledger::ChunkFilter> read_chunk_filter(const json::object& request,
                                              const DestinationBook& book) {
  ledger::ChunkFilter filter;
  using Text = std::string_view;
  const std::vector<Condition> conditions{
      {"destination",
       [&](Text text) { return set(filter.destination, destination_from(text, book)); }},
      {"state",
       [&](Text text) {
         return set(filter.state, word_from(text, ledger::ChunkState::settled, "state"));
       }},
      {"open", [&](Text text) { return set_flag(filter.is_open, text, "open"); }},
      {"stalled", [&](Text text) { return set_flag(filter.is_stalled, text, "stalled"); }},
  };
  Result<void> read = read_where(request, conditions);
  if (!read) return fail(std::move(read.error()));
  return filter;
}

bool is_unbounded(const ledger::RecordFilter& filter) {
  return !filter.destination && !filter.submission && !filter.chunk && !filter.verdict &&
         !filter.stage && filter.code.empty() && filter.serial.empty() && !filter.is_dead_letter;
}

std::optional<std::int64_t> parse_row_id(std::string_view text, std::string_view kind) {
  if (text.starts_with(kind) && text.substr(kind.size()).starts_with(':')) {
    text.remove_prefix(kind.size() + 1);
  }
  std::int64_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stopped != end || id <= 0) return std::nullopt;
  return id;
}

}  // namespace devicebatch::engine
