#include "format/xml/file_end.hpp"

#include "base/text.hpp"

#include <cstddef>

namespace devicebatch::format {
namespace {

// Without the comments and blanks that may follow a root element.
std::string_view without_end_matter(std::string_view text) {
  text = trim(text);
  while (text.ends_with("-->")) {
    const std::size_t begin = text.rfind("<!--");
    if (begin == std::string_view::npos) break;
    text = trim(text.substr(0, begin));
  }
  return text;
}

// The tag of the root element from its name on; empty when it is not there.
std::string_view root_tag(std::string_view head) {
  for (;;) {
    const std::size_t begin = head.find('<');
    if (begin == std::string_view::npos) return {};
    head.remove_prefix(begin);
    if (!head.starts_with("<?") && !head.starts_with("<!")) return head.substr(1);
    const std::string_view end = head.starts_with("<!--") ? "-->" : ">";
    const std::size_t behind = head.find(end);
    if (behind == std::string_view::npos) return {};
    head.remove_prefix(behind + end.size());
  }
}

}  // namespace

bool is_complete_xml(std::string_view head, std::string_view tail) {
  tail = without_end_matter(tail);
  if (!tail.ends_with('>')) return false;
  const std::string_view tag = root_tag(head);
  if (tag.empty()) return true;  // as far as can be seen
  const std::string_view name = tag.substr(0, tag.find_first_of("/> \t\r\n"));
  const std::string_view whole_tag = tag.substr(0, tag.find('>'));
  if (whole_tag.ends_with('/')) return true;
  tail = trim(tail.substr(0, tail.size() - 1));
  return tail.ends_with(name) && tail.substr(0, tail.size() - name.size()).ends_with("</");
}

}  // namespace devicebatch::format
