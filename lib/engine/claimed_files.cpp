// A claimed file before it is read: is it what its manifest says, and ours to read at all?
#include "base/text.hpp"
#include "engine/take_files.hpp"
#include "flow/route.hpp"
#include "record/finding_codes.hpp"

#include <algorithm>
#include <iterator>

namespace devicebatch::engine {
namespace {

// How a file differs from what its manifest says of it; rows are counted later.
std::optional<record::Finding> difference(const spool::Manifest& manifest, std::uint64_t bytes,
                                          const std::optional<Digest>& digest) {
  using record::Code;
  if (manifest.bytes && *manifest.bytes != bytes) {
    return record::make_finding(Code::manifest_size_differs,
                                {std::to_string(*manifest.bytes), std::to_string(bytes)});
  }
  if (manifest.sha256 && manifest.sha256 != digest) {
    return record::make_finding(Code::manifest_digest_differs);
  }
  return std::nullopt;
}

}  // namespace

Result<FileTaker::Opinion> FileTaker::opinion(const ClaimedFile& file) const {
  Opinion opinion;
  const auto claimed = source_.folder->look_at_claimed(file.claim_name);
  if (!claimed) return fail(Error(claimed.error()));
  if (claimed->is_foreign_link) {
    opinion.objection = record::make_finding(record::Code::file_hard_link);
    return opinion;
  }
  std::string asked;
  if (source_.folder->options().has_markers) {
    Result<Opinion> manifest = opinion_of_manifest(file, claimed->state.bytes, asked);
    if (!manifest || manifest->objection) return manifest;
    opinion = std::move(*manifest);
  }
  choose_destination(file, asked, opinion);
  return opinion;
}

void FileTaker::choose_destination(const ClaimedFile& file, std::string_view asked,
                                   Opinion& opinion) const {
  opinion.destination = file.destination;
  // Rows that are stored already have decided.
  if (file.last_line > 0) return;
  const flow::RouteRules rules{source_.destination.name, source_.config.may_route_to,
                               source_.config.file_name};
  const auto chosen = flow::choose_destination(rules, file.name, asked);
  if (chosen) {
    opinion.destination = source_.targets.at(std::string(*chosen))->id;
  } else {
    opinion.objection = chosen.error();
  }
}

Result<void> FileTaker::redirect(std::span<const ClaimedFile> files) const {
  if (files.empty()) return {};
  return context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    for (const ClaimedFile& file : files) {
      Result<void> moved = ledger.intake().redirect(file.submission, file.destination);
      if (!moved) return moved;
    }
    return {};
  });
}

// Asked again although a look has compared it: the file was not ours then, and after a crash
// nobody remembers what the look said.
Result<FileTaker::Opinion> FileTaker::opinion_of_manifest(const ClaimedFile& file,
                                                          std::uint64_t bytes,
                                                          std::string& asked) const {
  Opinion opinion;
  const Result<spool::Manifest> manifest = source_.folder->claimed_manifest(file.claim_name);
  if (!manifest && manifest.error().code() == Errc::rejected) {
    opinion.objection =
        record::make_finding(record::Code::manifest_unreadable, {manifest.error().message()});
    return opinion;
  }
  if (!manifest) return fail(Error(manifest.error()));
  opinion.rows = manifest->rows;
  std::optional<Digest> digest;
  if (manifest->sha256) {
    const Result<spool::FileHandle> opened = source_.folder->open_claimed(file.claim_name);
    if (!opened) return fail(Error(opened.error()));
    Result<Digest> found = opened->digest();
    if (!found) return fail(std::move(found.error()));
    digest = *found;
  }
  opinion.objection = difference(*manifest, bytes, digest);
  asked = manifest->destination;
  return opinion;
}

void FileTaker::settle_all(std::span<const ClaimedFile> files, TakeResult& result) const {
  std::vector<ClaimedFile> good;
  std::vector<ClaimedFile> redirected;
  std::vector<std::pair<ClaimedFile, record::Finding>> bad;
  for (const ClaimedFile& file : files) {
    Result<Opinion> found = opinion(file);
    if (!found) {
      ++result.interrupted;
      result.last_error = std::move(found.error());
    } else if (found->objection) {
      bad.emplace_back(file, std::move(*found->objection));
    } else {
      good.push_back(file);
      good.back().destination = found->destination;
      good.back().rows = found->rows;
      if (found->destination != file.destination) redirected.push_back(good.back());
    }
  }
  Result<void> moved = redirect(redirected);
  if (moved) {
    ingest_all(good, result);
  } else {
    result.interrupted += good.size();
    result.last_error = std::move(moved.error());
  }
  refuse_all(bad, result);
}

void FileTaker::refuse_all(std::span<const std::pair<ClaimedFile, record::Finding>> files,
                           TakeResult& result) const {
  if (files.empty()) return;
  const UtcTime now = context_.clock.now_utc();
  std::vector<Acceptance> answered;
  Result<void> stored = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    answered.clear();
    for (const auto& [file, why] : files) {
      Result<void> done =
          ledger.intake().refuse(file.submission, ledger::IntakeSummary(), why, now);
      if (!done) return done;
      Result<Acceptance> answer = read_acceptance(ledger, file.submission);
      if (!answer) return fail(std::move(answer.error()));
      answered.push_back(std::move(*answer));
    }
    return {};
  });
  if (!stored) {
    result.interrupted += files.size();
    result.last_error = std::move(stored.error());
    return;
  }
  acknowledge(answered, result);
  result.accepted += answered.size();
  std::ranges::move(answered, std::back_inserter(result.acceptances));
}

void FileTaker::return_strays(TakeResult& result) const {
  constexpr std::size_t kUuidBytes = 36;
  const Result<std::vector<std::string>> claims = source_.folder->list_claimed();
  if (!claims) {
    result.last_error = claims.error();
    return;
  }
  std::vector<std::string> strays;
  Result<void> asked = context_.ledger_queue.run([&](ledger::Ledger& ledger) -> Result<void> {
    strays.clear();
    for (const std::string& name : *claims) {
      const std::optional<Uuid> uuid = Uuid::parse(name.substr(0, kUuidBytes));
      if (!uuid) continue;
      auto known = ledger.receipts().find_submission(*uuid);
      if (!known) return fail(std::move(known.error()));
      if (!*known) strays.push_back(name);
    }
    return {};
  });
  if (!asked) result.last_error = std::move(asked.error());
  for (const std::string& name : strays) {
    Result<void> returned = source_.folder->return_claimed(name);
    if (!returned) result.last_error = returned.error();
    log(context_.log, LogLevel::warning, "file.returned",
        returned ? "claimed, and unknown to the ledger: back in the folder"
                 : returned.error().message(),
        {{"source", source_.config.name}, {"file", printable(name)}});
  }
}

}  // namespace devicebatch::engine
