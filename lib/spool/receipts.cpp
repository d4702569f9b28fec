// The files we write: acknowledgements, results, and what `submit` hands over.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/staged_file.hpp"

#include <vector>

namespace devicebatch::spool {
namespace {

struct Staged {
  Staged(std::string staged_name, const std::string& final_name)
      : name(std::move(staged_name)), published(final_name) {}
  std::string name;
  const std::string& published;
};

void discard(const Directory& staging, const std::vector<Staged>& staged) {
  for (const Staged& each : staged) (void)staging.remove(each.name);  // swept at the next start
}

Result<void> write_texts(const Directory& staging, const Directory& target,
                         std::span<const NamedText> texts) {
  if (texts.empty()) return {};
  const bool are_few = texts.size() <= kFewFiles;
  Result<void> first;
  std::vector<Staged> staged;
  staged.reserve(texts.size());
  for (const NamedText& text : texts) {
    auto name = write_staged(staging, text.name, text.text, are_few ? SyncNow::yes : SyncNow::no);
    if (name) {
      staged.emplace_back(std::move(*name), text.name);
    } else {
      keep_first(first, fail(std::move(name.error())));
    }
  }
  if (!are_few) {
    auto synced = staging.sync_everything();
    if (!synced) {
      // Which of them failed is unknown, so none may appear.
      discard(staging, staged);
      return synced;
    }
  }
  for (const Staged& each : staged) {
    auto published = rename_over(Entry(staging, each.name), Entry(target, each.published));
    if (!published) (void)staging.remove(each.name);  // the error is told
    keep_first(first, std::move(published));
  }
  keep_first(first, target.sync());
  return first;
}

class InboundFile final : public DropFolder::Inbound {
 public:
  InboundFile(StagedFile file, Directory claimed)
      : file_(std::move(file)), claimed_(std::move(claimed)) {}

  Result<void> write(std::string_view bytes) override {
    if (file_.bytes() + bytes.size() > limits::kSubmissionBytes) {
      return fail(Errc::rejected, "the submission is larger than a file may be");
    }
    return file_.write(bytes);
  }

  Result<void> commit() override {
    auto done = file_.sync();
    if (done) done = file_.publish_new(claimed_);
    if (done) done = claimed_.sync();
    return done;
  }

 private:
  StagedFile file_;
  Directory claimed_;
};

class StagedGroup final : public DropFolder::InboundGroup {
 public:
  StagedGroup(Directory claimed, std::size_t expected)
      : claimed_(std::move(claimed)), are_few_(expected <= kFewFiles) {
    files_.reserve(expected);
  }
  ~StagedGroup() override {
    for (const NamedFile& file : files_) {
      if (!file.staged.empty()) (void)claimed_.remove(file.staged);  // swept at the next start
    }
  }
  StagedGroup(const StagedGroup&) = delete;
  StagedGroup& operator=(const StagedGroup&) = delete;

  Result<void> add(const std::string& claim_name, std::string_view bytes) override {
    if (claim_name.starts_with('.')) return fail(Errc::rejected, "not the name of a claim");
    auto staged = write_staged(claimed_, claim_name, bytes, are_few_ ? SyncNow::yes : SyncNow::no);
    if (!staged) return fail(std::move(staged.error()));
    files_.push_back({std::move(*staged), claim_name});
    return {};
  }

  Result<void> sync() override {
    if (are_few_) return {};
    return claimed_.sync_everything();
  }

  std::vector<Result<void>> publish() override {
    std::vector<Result<void>> outcomes;
    outcomes.reserve(files_.size());
    for (NamedFile& file : files_) {
      outcomes.push_back(rename_new(Entry(claimed_, file.staged), Entry(claimed_, file.name)));
      if (outcomes.back()) file.staged.clear();
    }
    const Result<void> synced = claimed_.sync();
    if (synced) return outcomes;
    for (Result<void>& outcome : outcomes) {
      if (outcome) outcome = fail(Error(synced.error()));
    }
    return outcomes;
  }

 private:
  struct NamedFile {
    std::string staged;  // empty once it has its name
    std::string name;
  };
  Directory claimed_;
  const bool are_few_;
  std::vector<NamedFile> files_;
};

class StagedResult final : public DropFolder::ResultFile {
 public:
  StagedResult(StagedFile file, Directory target)
      : file_(std::move(file)), target_(std::move(target)) {}

  Result<void> write(std::string_view bytes) override { return file_.write(bytes); }

  Result<void> commit() override {
    auto done = file_.sync();
    if (done) done = file_.publish_over(target_);
    if (done) done = target_.sync();
    return done;
  }

 private:
  StagedFile file_;
  Directory target_;
};

}  // namespace

Result<void> DropFolder::write_acks(std::span<const NamedText> acks) const {
  return write_texts(handles_->acks, handles_->acks, acks);
}

Result<void> DropFolder::write_results(Place place, std::span<const NamedText> results) const {
  return write_texts(handles_->acks, handles_->place(place), results);
}

Result<std::unique_ptr<DropFolder::Inbound>> DropFolder::receive(
    const std::string& claim_name) const {
  if (claim_name.starts_with('.')) return fail(Errc::rejected, "not the name of a claim");
  auto claimed = handles_->claimed.duplicate();
  if (!claimed) return fail(std::move(claimed.error()));
  auto file = StagedFile::create(handles_->claimed, claim_name);
  if (!file) return fail(std::move(file.error()));
  return std::make_unique<InboundFile>(std::move(*file), std::move(*claimed));
}

Result<std::unique_ptr<DropFolder::InboundGroup>> DropFolder::receive_all(
    std::size_t expected) const {
  auto claimed = handles_->claimed.duplicate();
  if (!claimed) return fail(std::move(claimed.error()));
  return std::make_unique<StagedGroup>(std::move(*claimed), expected);
}

Result<std::unique_ptr<DropFolder::ResultFile>> DropFolder::create_result(
    Place place, const std::string& name) const {
  auto target = handles_->place(place).duplicate();
  if (!target) return fail(std::move(target.error()));
  auto file = StagedFile::create(handles_->acks, name);
  if (!file) return fail(std::move(file.error()));
  return std::make_unique<StagedResult>(std::move(*file), std::move(*target));
}

}  // namespace devicebatch::spool
