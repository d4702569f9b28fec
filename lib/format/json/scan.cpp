#include "format/json/scan.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace devicebatch::format {
namespace {

constexpr std::string_view kListNames[] = {"devices",
                                           "items",
                                           "value",
                                           "importedwindowsautopilotdeviceidentities",
                                           "windowsautopilotdeviceidentities",
                                           "devicesstatus"};

bool is_word_letter(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' ||
         c == '+' || c == '.' || c == '_';
}

class Scanner {
 public:
  Scanner(std::string_view text, bool is_last) : text_(text), is_last_(is_last) {}

  JsonScan value() { return run(); }
  JsonScan object() {
    wants_list_ = true;
    return run();
  }
  JsonScan rest() {
    open(true);
    next_ = Next::separator;
    return run();
  }

 private:
  enum class Next { value, value_or_end, name, name_or_end, colon, separator };

  JsonScan run();
  // Each takes one token and moves on; false when the scan has ended.
  bool step(char c);
  bool take_value(char c);
  bool take_name(char c);
  bool take_separator(char c);
  bool take_text();
  bool take_word();
  bool begin(bool is_object);
  bool close(char c);
  bool after_value();
  bool stop(JsonEnd end, std::string_view why = {});

  void open(bool is_object) {
    objects_ = objects_ << 1 | (is_object ? 1U : 0U);
    ++depth_;
  }
  bool is_in_object() const { return (objects_ & 1U) != 0; }

  std::string_view text_;
  bool is_last_;
  bool wants_list_ = false;
  std::size_t at_ = 0;
  Next next_ = Next::value;
  std::uint64_t objects_ = 0;  // a bit for each open container: is it an object?
  std::size_t depth_ = 0;
  std::string_view name_;
  JsonScan result_;
};

bool Scanner::stop(JsonEnd end, std::string_view why) {
  result_ = {end, at_, why, {}};
  return false;
}

JsonScan Scanner::run() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_json_blank(c)) {
      ++at_;
    } else if (!step(c)) {
      return result_;
    }
  }
  return {JsonEnd::need_more, at_, {}, {}};
}

bool Scanner::step(char c) {
  switch (next_) {
    case Next::value_or_end:
      if (c == ']') return close(c);
      return take_value(c);
    case Next::value:
      return take_value(c);
    case Next::name_or_end:
      if (c == '}') return close(c);
      return take_name(c);
    case Next::name:
      return take_name(c);
    case Next::colon:
      if (c != ':') return stop(JsonEnd::broken, "a colon is expected behind a name");
      ++at_;
      next_ = Next::value;
      return true;
    case Next::separator:
      return take_separator(c);
  }
  return stop(JsonEnd::broken);
}

bool Scanner::take_value(char c) {
  if (c == '"') return take_text() && after_value();
  if (c == '{') return begin(true);
  if (c == '[') {
    const bool is_list = wants_list_ && depth_ == 1 && is_json_list_name(name_);
    if (!is_list) return begin(false);
    ++at_;
    result_ = {JsonEnd::list, at_, {}, name_};
    return false;
  }
  return take_word() && after_value();
}

bool Scanner::begin(bool is_object) {
  if (depth_ == kJsonDepth) return stop(JsonEnd::too_deep);
  open(is_object);
  ++at_;
  next_ = is_object ? Next::name_or_end : Next::value_or_end;
  return true;
}

bool Scanner::take_name(char c) {
  if (c != '"') return stop(JsonEnd::broken, "a name in double quotes is expected");
  const std::size_t start = at_ + 1;
  if (!take_text()) return false;
  name_ = text_.substr(start, at_ - 1 - start);
  next_ = Next::colon;
  return true;
}

bool Scanner::take_separator(char c) {
  if (c == '}' || c == ']') return close(c);
  if (c != ',') return stop(JsonEnd::broken, "a comma or a closing bracket is expected");
  ++at_;
  next_ = is_in_object() ? Next::name : Next::value;
  return true;
}

bool Scanner::close(char c) {
  if ((c == '}') != is_in_object()) {
    return stop(JsonEnd::broken, "a closing bracket is not that of the opening one");
  }
  ++at_;
  objects_ >>= 1;
  --depth_;
  return after_value();
}

bool Scanner::after_value() {
  next_ = Next::separator;
  return depth_ > 0 || stop(JsonEnd::complete);
}

// Moves behind the closing quote.
bool Scanner::take_text() {
  const char* const begin = text_.data() + at_ + 1;
  const char* const end = text_.data() + text_.size();
  const char* quote = begin;
  for (;; ++quote) {
    quote =
        static_cast<const char*>(std::memchr(quote, '"', static_cast<std::size_t>(end - quote)));
    if (quote == nullptr) break;
    const char* slash = quote;
    while (slash > begin && slash[-1] == '\\') --slash;
    if ((quote - slash) % 2 == 0) break;
  }
  const char* const stop_at = quote == nullptr ? end : quote;
  const void* const line_break =
      std::memchr(begin, '\n', static_cast<std::size_t>(stop_at - begin));
  if (line_break != nullptr) {
    return stop(JsonEnd::broken, "a text is not closed by a double quote on its line");
  }
  if (quote == nullptr) {
    at_ = text_.size();
    return stop(JsonEnd::need_more);
  }
  at_ = static_cast<std::size_t>(quote - text_.data()) + 1;
  return true;
}

bool Scanner::take_word() {
  std::size_t end = at_;
  while (end < text_.size() && is_word_letter(text_[end])) ++end;
  if (end == at_) return stop(JsonEnd::broken, "a value is expected");
  if (end == text_.size() && !is_last_) {
    at_ = end;
    return stop(JsonEnd::need_more);
  }
  at_ = end;
  return true;
}

}  // namespace

JsonScan scan_json_value(std::string_view text, bool is_last) {
  return Scanner(text, is_last).value();
}

JsonScan scan_json_object(std::string_view text, bool is_last) {
  return Scanner(text, is_last).object();
}

JsonScan scan_json_rest(std::string_view text, bool is_last) {
  return Scanner(text, is_last).rest();
}

bool is_json_list_name(std::string_view name) {
  name = trim(name);
  return std::any_of(std::begin(kListNames), std::end(kListNames),
                     [&](std::string_view known) { return equals_ignoring_case(name, known); });
}

}  // namespace devicebatch::format
