#include "engine/control/ledger_questions.hpp"

#include "base/text.hpp"
#include "engine/control/listings.hpp"
#include "engine/control/request_fields.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using ledger::Ledger;

Result<json::object> status(Ledger& ledger, const json::object&, const DestinationBook& book,
                            UtcTime now) {
  Result<ledger::StatusReport> report = ledger.reports().status(now);
  if (!report) return fail(std::move(report.error()));
  return status_json(*report, [&book](DestinationId id) { return book.name_of(id); });
}

Result<json::object> explain(Ledger& ledger, const json::object& request, const DestinationBook&,
                             UtcTime) {
  const std::string query = text_field(request, "query");
  if (record::contains_product_key(query)) {
    return fail(Errc::rejected,
                "that is a product key: it is a secret and never kept; ask for the serial number "
                "or the 13-digit product key id");
  }
  Result<ledger::Story> story = ledger.reports().explain(query);
  if (!story) return fail(std::move(story.error()));
  return story_json(*story);
}

Result<json::object> verify(Ledger& ledger, const json::object&, const DestinationBook&, UtcTime) {
  Result<ledger::Verification> verification = ledger.reports().verify();
  if (!verification) return fail(std::move(verification.error()));
  return verification_json(*verification);
}

Result<json::object> submission(Ledger& ledger, const json::object& request, const DestinationBook&,
                                UtcTime) {
  const std::optional<Uuid> uuid = Uuid::parse(text_field(request, "submission"));
  if (!uuid) return fail(Errc::rejected, "\"submission\" must be a submission id");
  Result<std::optional<ledger::SubmissionSummary>> found = ledger.receipts().find_submission(*uuid);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "no submission " + uuid->to_string());
  return summary_json(**found);
}

// Verifying holds the ledger for minutes, which is for those who may stop the service anyway.
constexpr std::array kQuestions{
    LedgerQuestion{"status", Audience::monitors, status},
    LedgerQuestion{"explain", Audience::monitors, explain},
    LedgerQuestion{"submission", Audience::monitors, submission},
    LedgerQuestion{"list", Audience::monitors, list},
    LedgerQuestion{"show", Audience::monitors, show},
    LedgerQuestion{"audit", Audience::monitors, list_audit},
    LedgerQuestion{"registered", Audience::operators, list_registered},
    LedgerQuestion{"verify", Audience::operators, verify},
};

}  // namespace

const LedgerQuestion* find_question(std::string_view verb) {
  const auto found = std::ranges::find(kQuestions, verb, &LedgerQuestion::verb);
  return found == kQuestions.end() ? nullptr : &*found;
}

Result<json::object> answer_from_ledger(Ledger& ledger, const json::object& request,
                                        const DestinationBook& book, UtcTime now) {
  const std::string verb = text_field(request, "verb");
  const LedgerQuestion* question = find_question(verb);
  if (question == nullptr) {
    return fail(Errc::rejected, "unknown verb \"" + printable(verb) + "\"");
  }
  return question->answer(ledger, request, book, now);
}

}  // namespace devicebatch::engine
