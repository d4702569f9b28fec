#include "format/json/rejects.hpp"

#include "format/json/object.hpp"
#include "format/json/splitter.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace devicebatch::format {
namespace {

using Step = JsonSplitter::Step;

// Every product key becomes asterisks of its length.
std::string masked(std::string_view text) {
  std::string copy(text);
  std::size_t from = 0;
  while (const auto key = record::find_product_key(text, from)) {
    copy.replace(key->start, key->length, key->length, '*');
    from = key->start + key->length;
  }
  return copy;
}

class Copier {
 public:
  explicit Copier(const ByteSink& sink) : sink_(sink) {}

  // What stands in front of a list, kept until the list turns out to have a rejected record.
  void begin_list(std::string_view opening) {
    opening_ = opening;
    is_open_ = false;
  }

  Result<void> copy(std::string_view record, bool is_in_list) {
    if (record.empty() || hides_key(record)) return {};
    std::string text;
    if (is_in_list) {
      text = is_open_ ? ",\n" : opening_ + "\n";
      is_open_ = true;
      return write(text.append(record));
    }
    return write(text.append(record).append("\n"));
  }

  Result<void> end_list() {
    if (!std::exchange(is_open_, false)) return {};
    return write(opening_.size() > 1 ? "\n]}\n" : "\n]\n");
  }

 private:
  // A product key in escaped letters, which no mask finds.
  bool hides_key(std::string_view record) {
    (void)object_.read(masked(record));
    return std::any_of(object_.texts().begin(), object_.texts().end(),
                       record::contains_product_key);
  }

  Result<void> write(std::string_view text) {
    if (record::contains_product_key(text)) return sink_(masked(text));
    return sink_(text);
  }

  const ByteSink& sink_;
  JsonObject object_;
  std::string opening_;
  bool is_open_ = false;
};

}  // namespace

Result<void> copy_json_rejects(TextWindow& window,
                               const std::function<bool(std::uint64_t number)>& is_rejected,
                               const ByteSink& sink) {
  JsonSplitter splitter(window);
  Copier copier(sink);
  for (;;) {
    const auto step = splitter.next();
    if (!step) return fail(Error(step.error()));
    Result<void> done;
    switch (*step) {
      case Step::record:
      case Step::fault:
        if (is_rejected(splitter.numbers().last())) {
          done = copier.copy(splitter.text(), splitter.is_in_list());
        }
        break;
      case Step::list:
        copier.begin_list(splitter.text());
        break;
      case Step::list_end:
        done = copier.end_list();
        break;
      case Step::end:
      case Step::refused:
        return copier.end_list();
    }
    if (!done) return done;
  }
}

}  // namespace devicebatch::format
