#include "fault/sim/oracle.hpp"

namespace devicebatch::sim {

void Oracle::broken(std::string promise, const std::string& how) {
  if (verdict_.empty()) verdict_ = std::move(promise) + ": " + how;
}

void Oracle::copy_under_way(const std::string& request_id, int change) {
  requests_[request_id].under_way += change;
}

void Oracle::wall_clock_jumped() {
  for (auto& [id, request] : requests_) request.saw_clock_jump = true;
}

// Nobody could know better: the network made a copy of its own, the wall clock was moved while the
// fate was open, or the service was being found out not to honour ids.
bool Oracle::is_beyond_knowing(const SentRequest& request) const {
  const bool is_found_out = !scenario_.server.honours_ids && request.times > 1;
  return request.is_doubled || request.saw_clock_jump || is_found_out;
}

bool Oracle::is_beyond_knowing(const std::string& key) const {
  const auto ids = by_device_.find(key);
  if (ids == by_device_.end()) return false;
  for (const std::string& id : ids->second) {
    if (is_beyond_knowing(requests_.at(id))) return true;
  }
  return false;
}

void Oracle::post_left(const http::Request& request, const Upload& upload) {
  ++posts_;
  SentRequest& sent = requests_[upload.request_id];
  if (sent.times > 0 && sent.body != request.body) {
    broken("I5", "request id " + upload.request_id + " left with two bodies");
  }
  sent.body = request.body;
  ++sent.times;
  sent.keys.clear();
  for (const Upload::Item& device : upload.devices) {
    const std::string key = device.key();
    sent.keys.push_back(key);
    for (const std::string& id : by_device_[key]) {
      if (id == upload.request_id) continue;
      const SentRequest& earlier = requests_.at(id);
      if (is_beyond_knowing(earlier)) continue;
      const bool is_settled = scenario_.server.honours_ids && server_.has_accepted(id);
      const bool may_arrive = earlier.under_way > 0 && !is_settled;
      const auto known = server_.registry().find(key);
      const bool is_registered =
          known != server_.registry().end() && known->second.request_id == id;
      if (may_arrive || is_registered || server_.is_working_on(id, key)) {
        broken("I5", "device " + key + " leaves under " + upload.request_id + " while " + id +
                         (is_registered ? " has registered it" : " may still do so"));
      }
    }
    by_device_[key].insert(upload.request_id);
  }
}

void Oracle::registered_twice(const std::string& key, const std::string& before,
                              const std::string& now) {
  if (is_beyond_knowing(requests_[before]) || is_beyond_knowing(requests_[now])) return;
  broken("I2", "device " + key + " was registered by " + before + " and came again under " + now);
}

void Oracle::acknowledged(const Uuid& submission, std::uint64_t records) {
  acknowledged_[submission] = records;
}

void Oracle::receipt_written(const Uuid& submission, std::vector<ledger::ResultRow> rows) {
  receipts_[submission] = std::move(rows);
}

Result<void> Oracle::check_submissions(ledger::Ledger& ledger) {
  for (const auto& [uuid, records] : acknowledged_) {
    auto found = ledger.receipts().find_submission(uuid);
    if (!found) return fail(std::move(found.error()));
    const bool is_known = *found && (*found)->state >= ledger::SubmissionState::pending;
    if (!is_known) {
      broken("I4", "submission " + uuid.to_string() + " was acknowledged and is not accepted");
    } else if ((*found)->records != records) {
      broken("I1", "submission " + uuid.to_string() + " has lost or won records");
    }
  }
  for (const auto& [uuid, written] : receipts_) {
    auto found = ledger.receipts().find_submission(uuid);
    if (!found) return fail(std::move(found.error()));
    if (!*found) {
      broken("I4", "submission " + uuid.to_string() + " has a receipt and is not known");
      continue;
    }
    auto rows = ledger.receipts().results((*found)->id, 0, 1000);
    if (!rows) return fail(std::move(rows.error()));
    bool is_same = rows->size() == written.size();
    for (std::size_t at = 0; is_same && at < rows->size(); ++at) {
      is_same = (*rows)[at].line == written[at].line && (*rows)[at].verdict == written[at].verdict;
    }
    if (!is_same) broken("I4", "submission " + uuid.to_string() + " contradicts its receipt");
  }
  return {};
}

Result<void> Oracle::check_ledger(ledger::Ledger& ledger) {
  std::set<std::string> known;
  ChunkId after;
  for (;;) {
    auto page = ledger.operators().chunks(ledger::ChunkFilter(), after, 500);
    if (!page) return fail(std::move(page.error()));
    for (const ledger::ChunkRow& chunk : page->rows) {
      if (chunk.attempts > 0) known.insert(chunk.request_id.to_string());
    }
    if (!page->next) break;
    after = *page->next;
  }
  for (const auto& [id, request] : requests_) {
    if (request.times > 0 && !known.contains(id)) {
      broken("I4", "request " + id + " left, and the ledger does not know of it");
    }
  }
  return check_submissions(ledger);
}

Result<void> Oracle::check_balance(ledger::Ledger& ledger) {
  auto verification = ledger.reports().verify();
  if (!verification) return fail(std::move(verification.error()));
  if (verification->is_sound) return {};
  std::string lines;
  for (const std::string& line : verification->lines) lines += "; " + line;
  broken("I1", "the ledger does not balance" + lines);
  return {};
}

std::string Oracle::wrong_failure(const SimDevice& device, const ledger::ResultRow& row) const {
  const auto found = scenario_.traits.find(device.key());
  const DeviceTraits traits = found == scenario_.traits.end() ? DeviceTraits() : found->second;
  const bool is_right =
      (row.code == "device.808" && traits.is_foreign) ||
      (row.code == "service.3000" && traits.is_poisoned) ||
      (row.code == "device.812" && traits.missing > 0) ||
      (row.code == "device.storage_error" && traits.storage_errors > 0 && scenario_.may_give_up) ||
      (row.code == "delivery.gave_up" && scenario_.may_give_up);
  if (!is_right) return "failed with " + row.code + ", which is not true";
  const auto known = server_.registry().find(device.key());
  if (traits.is_foreign || known == server_.registry().end()) return {};
  if (known->second.request_id.empty() || is_beyond_knowing(device.key())) return {};
  return "failed with " + row.code + ", but the service has it";
}

void Oracle::check_row(const SimDevice& device, const std::string& customer,
                       const ledger::ResultRow& row) {
  const std::string key = device.key();
  const auto known = server_.registry().find(key);
  const bool is_there = known != server_.registry().end() && known->second.customer == customer;
  const std::string who = "device " + key + " ";
  switch (row.verdict) {
    case Verdict::registered:
      if (!is_there) broken("I2", who + "is said to be registered and is not");
      return;
    case Verdict::already_registered:
      if (!is_there) broken("I2", who + "is said to have been there and is not");
      if (is_there && !known->second.request_id.empty() && !is_beyond_knowing(key)) {
        broken("I2", who + "is said to have been there before we registered it");
      }
      return;
    case Verdict::rejected:
      if (!device.is_bad_row) broken("I1", who + "was rejected: " + row.code);
      return;
    case Verdict::failed: {
      const std::string wrong = wrong_failure(device, row);
      if (!wrong.empty()) broken("I6", who + wrong);
      return;
    }
    case Verdict::duplicate:
    case Verdict::superseded:
      return;
    case Verdict::none:
    case Verdict::conflict:
      break;
  }
  broken("I1", who + "ended as " + std::string(to_string(row.verdict)) + " " + row.code);
}

void Oracle::check_rows(const FilePlan& file, const std::vector<ledger::ResultRow>& rows) {
  if (rows.size() != file.rows.size()) {
    broken("I1", file.name + " has " + std::to_string(file.rows.size()) + " rows and " +
                     std::to_string(rows.size()) + " answers");
    return;
  }
  const std::string& customer = scenario_.settings.destinations[file.source].customer;
  for (std::size_t at = 0; at < rows.size(); ++at) check_row(file.rows[at], customer, rows[at]);
}

}  // namespace devicebatch::sim
