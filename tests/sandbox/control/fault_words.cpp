#include "sandbox/control/fault_words.hpp"

#include <algorithm>
#include <iterator>

namespace devicebatch::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kOneSecond{1'000};
// More than any client should be ready to keep.
constexpr std::uint64_t kOversized = std::uint64_t{100} << 20;

template <Obstacle::Kind Kind, bool Commits>
void build_obstacle(Misfortune& effect, const Measures& measures) {
  effect.obstacle = measures.obstacle;
  effect.obstacle->kind = Kind;
  effect.obstacle->commits |= Commits;
  effect.obstacle->status = measures.status.value_or(503);
}

void build_status(Misfortune& effect, const Measures& measures) {
  build_obstacle<Obstacle::Kind::status, false>(effect, measures);
  Obstacle& obstacle = *effect.obstacle;
  const bool is_redirect = obstacle.status >= 300 && obstacle.status < 400;
  if (is_redirect && obstacle.status != 304) {
    const std::string to = measures.to.empty() ? "http://portal.example/login" : measures.to;
    obstacle.headers.emplace_back("Location", to);
  }
  if (obstacle.status == 407) {
    obstacle.headers.emplace_back("Proxy-Authenticate", "Basic realm=\"proxy\"");
  }
}

void build_captive_portal(Misfortune& effect, const Measures& measures) {
  build_obstacle<Obstacle::Kind::html, false>(effect, measures);
  Obstacle& obstacle = *effect.obstacle;
  obstacle.status = measures.status.value_or(200);
  if (obstacle.body) return;
  obstacle.body =
      "<!DOCTYPE html><html><head><title>Welcome</title></head>"
      "<body><h1>Please log in to use this network</h1></body></html>";
}

template <auto Member>
void build_flag(Misfortune& effect, const Measures&) {
  effect.spoilage.*Member = true;
}

template <auto Member>
void build_job_flag(Misfortune& effect, const Measures&) {
  effect.job.*Member = true;
}

template <auto Member>
void build_job_time(Misfortune& effect, const Measures& measures) {
  effect.job.*Member = measures.ms.value_or(kOneSecond);
}

template <auto Member>
void build_job_count(Misfortune& effect, const Measures& measures) {
  effect.job.*Member = measures.count.value_or(1);
}

template <LocationTwist Twist>
void build_twist(Misfortune& effect, const Measures&) {
  effect.spoilage.location = Twist;
}

void build_location(Misfortune& effect, const Measures& measures) {
  effect.spoilage.location = location_twist(measures.form).value_or(LocationTwist::absent);
}

template <LengthForm Form>
void build_length(Misfortune& effect, const Measures&) {
  effect.spoilage.framing.length = Form;
}

void build_slow(Misfortune& effect, const Measures& measures) {
  effect.spoilage.slow = measures.ms.value_or(kOneSecond);
}

void build_slow_loris(Misfortune& effect, const Measures& measures) {
  effect.spoilage.framing.per_byte = measures.ms.value_or(kOneSecond);
}

void build_oversized(Misfortune& effect, const Measures& measures) {
  effect.spoilage.framing.padding = measures.bytes.value_or(kOversized);
}

void build_content_type(Misfortune& effect, const Measures& measures) {
  const std::string& wanted = measures.obstacle.content_type;
  effect.spoilage.content_type = wanted.empty() ? "text/plain" : wanted;
}

void build_cut(Misfortune& effect, const Measures& measures) {
  effect.spoilage.is_cut = true;
  effect.spoilage.framing.cut_at = measures.cut_at;
  effect.spoilage.framing.resets_after_cut = measures.resets;
}

void build_drop_request(Misfortune& effect, const Measures& measures) {
  effect.drop_request_at = measures.drop_request_at.value_or(0);
}

constexpr const char* kStatusMembers =
    " status retry_after retry_after_date code description commit revoke body content_type headers "
    "to ";

const FaultWord kWords[] = {
    {"drop_before", "", build_obstacle<Obstacle::Kind::drop, false>},
    {"drop_after", "", build_obstacle<Obstacle::Kind::drop, true>},
    {"reset", "", build_obstacle<Obstacle::Kind::reset, false>},
    {"reset_after", "", build_obstacle<Obstacle::Kind::reset, true>},
    {"status", kStatusMembers, build_status},
    {"html", " status commit body headers retry_after ",
     build_obstacle<Obstacle::Kind::html, false>},
    {"captive_portal", " status commit body headers ", build_captive_portal},
    {"expired_token", " revoke commit ", build_obstacle<Obstacle::Kind::expired_token, false>},
    {"aadsts", " number description status retry_after retry_after_date commit ",
     build_obstacle<Obstacle::Kind::aadsts, false>},
    {"drop_request", " drop_request_at ", build_drop_request},
    {"slow", " ms ", build_slow},
    {"slow_loris", " ms ", build_slow_loris},
    {"no_location", "", build_twist<LocationTwist::absent>},
    {"link_body", "", build_twist<LocationTwist::in_body>},
    {"location", " form ", build_location},
    {"truncated", "", build_flag<&Spoilage::is_truncated>},
    {"cut_answer", " cut_at reset ", build_cut},
    {"gzip", "", build_flag<&Spoilage::is_gzipped>},
    {"pascal_case", "", build_flag<&Spoilage::is_pascal>},
    {"wrong_content_type", " content_type ", build_content_type},
    {"oversized", " bytes ", build_oversized},
    {"no_length", "", build_length<LengthForm::missing>},
    {"duplicate_length", "", build_length<LengthForm::twice>},
    {"job_stuck", "", build_job_flag<&JobQuirks::is_stuck>},
    {"job_hides_devices", "", build_job_flag<&JobQuirks::hides_devices>},
    {"job_null_devices", "", build_job_flag<&JobQuirks::nulls_devices>},
    {"job_shuffled", "", build_job_flag<&JobQuirks::is_shuffled>},
    {"job_backwards", "", build_job_flag<&JobQuirks::goes_back>},
    {"job_fails", "", build_job_flag<&JobQuirks::fails>},
    {"job_fails_devices", "", build_job_flag<&JobQuirks::fails_devices>},
    {"job_omits", " count ", build_job_count<&JobQuirks::omitted>},
    {"job_strangers", " count ", build_job_count<&JobQuirks::strangers>},
    {"job_repeats", " count ", build_job_count<&JobQuirks::repeated>},
    {"job_storage_errors", " count ", build_job_count<&JobQuirks::storage_errors>},
    {"job_hidden", " ms ", build_job_time<&JobQuirks::hidden>},
    {"job_unknown", " ms ", build_job_time<&JobQuirks::unknown>},
    {"job_lost", " ms ", build_job_time<&JobQuirks::lost>},
    {"job_slow", " ms ", build_job_time<&JobQuirks::duration>},
    {"batch_hidden", " ms ", build_job_time<&JobQuirks::batch_hidden>},
};

struct TwistWord {
  const char* word;
  LocationTwist twist;
};
constexpr TwistWord kTwists[] = {
    {"absent", LocationTwist::absent},
    {"in_body", LocationTwist::in_body},
    {"empty", LocationTwist::empty},
    {"other_host", LocationTwist::other_host},
    {"http_downgrade", LocationTwist::http_downgrade},
    {"file", LocationTwist::file},
    {"userinfo", LocationTwist::userinfo},
    {"long", LocationTwist::too_long},
    {"crlf", LocationTwist::crlf},
    {"folded", LocationTwist::folded},
    {"not_guid", LocationTwist::not_guid},
    {"other_customer", LocationTwist::other_customer},
};

}  // namespace

bool FaultWord::takes(std::string_view member) const {
  return std::string_view(members).find(" " + std::string(member) + " ") != std::string_view::npos;
}

const FaultWord* find_fault_word(std::string_view word) {
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const FaultWord& each) { return each.word == word; });
  return found == std::end(kWords) ? nullptr : found;
}

std::optional<LocationTwist> location_twist(std::string_view form) {
  for (const TwistWord& each : kTwists) {
    if (form == each.word) return each.twist;
  }
  return std::nullopt;
}

}  // namespace devicebatch::sandbox
