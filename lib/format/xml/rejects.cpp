#include "format/xml/rejects.hpp"

#include "base/limits.hpp"
#include "format/record_feed.hpp"
#include "format/redaction.hpp"
#include "format/xml/documents.hpp"
#include "record/product_key.hpp"

#include <string>
#include <utility>
#include <vector>

namespace devicebatch::format {
namespace {

class Copier final : private XmlHandler {
 public:
  Copier(TextWindow& window, const ReadOptions& options,
         const std::function<bool(std::uint64_t number)>& is_rejected, const ByteSink& sink)
      : may_extract_(options.extract_key_exports),
        is_rejected_(is_rejected),
        sink_(sink),
        documents_(window, *this, XmlMarkup::told) {}

  Result<void> run();

 private:
  // An element around records; it is copied with the first record in it that is.
  struct Surrounding {
    std::string tag;
    bool is_copied = false;
  };

  void open(std::string_view name, std::uint64_t line) override;
  void text(std::string_view piece) override;
  void aside(std::string_view text) override;
  void close(std::string_view name) override;
  void markup(std::string_view bytes) override;

  void open_record(std::uint64_t line);
  void close_surrounding();
  void end_text();
  void mask_product_key();
  void copy_record();
  void write(std::string_view text);

  const bool may_extract_;
  const std::function<bool(std::uint64_t number)>& is_rejected_;
  const ByteSink& sink_;
  KeyMask mask_;
  Result<void> written_;
  XmlDocuments documents_;
  XmlPlace place_;
  RecordNumbers numbers_;
  std::string event_;  // the bytes of the event in hand
  std::vector<Surrounding> around_;
  bool has_secret_around_ = false;
  bool is_wanted_ = false;     // the record in hand is rejected, and nothing forbids its copy
  std::string record_;         // its bytes so far
  std::string decoded_;        // the text of the element in hand
  std::size_t key_depth_ = 0;  // inside of a record's ProductKey: how deep
  std::size_t key_at_ = 0;     // in record_
};

Result<void> Copier::run() {
  for (;;) {
    const auto piece = documents_.next();
    if (!piece) return fail(Error(piece.error()));
    if (!written_) return written_;
    if (piece->is_last || piece->fault.kind != XmlFault::Kind::none) break;
  }
  return mask_.finish(sink_);
}

// Every other call of the handler comes behind this one.
void Copier::markup(std::string_view bytes) {
  event_ = bytes;
  if (!is_wanted_) return;
  record_ += bytes;
  is_wanted_ = record_.size() <= limits::kRowBytes;
}

void Copier::open(std::string_view name, std::uint64_t line) {
  end_text();
  if (place_.open(name)) {
    open_record(line);
  } else if (!place_.is_in_record()) {
    around_.push_back({event_});
  } else if (key_depth_ != 0) {
    ++key_depth_;
  } else if (place_.is_part() && equals_ignoring_case(name, "ProductKey")) {
    key_depth_ = 1;
    key_at_ = record_.size();
  }
}

void Copier::open_record(std::uint64_t line) {
  const bool is_rejected = is_rejected_(numbers_.next(documents_.line_of(line)));
  is_wanted_ = is_rejected && is_taken(place_.kind(), may_extract_) && !has_secret_around_;
  record_ = event_;
  decoded_.clear();
}

void Copier::close(std::string_view) {
  end_text();
  if (key_depth_ != 0 && --key_depth_ == 0) mask_product_key();
  const bool was_in_record = place_.is_in_record();
  if (place_.close()) {
    copy_record();
  } else if (!was_in_record) {
    close_surrounding();
  }
}

void Copier::close_surrounding() {
  if (around_.back().is_copied) write(event_ + "\n");
  around_.pop_back();
  has_secret_around_ &= !around_.empty();
}

void Copier::text(std::string_view piece) {
  if (is_wanted_ && key_depth_ == 0) decoded_ += piece;
}

void Copier::aside(std::string_view text) {
  if (!record::contains_product_key(text)) return;
  const bool is_attribute = !event_.starts_with("<!") && !event_.starts_with("<?");
  if (!place_.is_in_record()) {
    has_secret_around_ |= is_attribute;
  } else if (is_attribute || key_depth_ == 0) {
    is_wanted_ = false;
  }
}

void Copier::end_text() {
  if (record::contains_product_key(decoded_)) is_wanted_ = false;
  decoded_.clear();
}

void Copier::mask_product_key() {
  if (!is_wanted_) return;
  const std::size_t size = record_.size() - event_.size() - key_at_;
  record_.replace(key_at_, size, size, '*');
}

void Copier::copy_record() {
  if (!std::exchange(is_wanted_, false)) return;
  for (Surrounding& each : around_) {
    if (!std::exchange(each.is_copied, true)) write(each.tag + "\n");
  }
  write(record_ + "\n");
}

// The mask catches what is no text, a key for the name of an element.
void Copier::write(std::string_view text) {
  if (written_) written_ = mask_.feed(text, sink_);
}

}  // namespace

Result<void> copy_xml_rejects(TextWindow& window, const ReadOptions& options,
                              const std::function<bool(std::uint64_t number)>& is_rejected,
                              const ByteSink& sink) {
  return Copier(window, options, is_rejected, sink).run();
}

}  // namespace devicebatch::format
