#include "queue/file_name.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace devicebatch::queue {
namespace {

struct Named {
  std::string_view content_type;
  std::string_view extension;
};

constexpr std::array kTypes{
    Named{"text/csv", ".csv"},
    Named{"application/csv", ".csv"},
    Named{"application/json", ".json"},
    Named{"text/json", ".json"},
    Named{"application/jsonl", ".jsonl"},
    Named{"application/json-lines", ".jsonl"},
    Named{"application/jsonlines", ".jsonl"},
    Named{"application/x-ndjson", ".jsonl"},
    Named{"application/ndjson", ".jsonl"},
    Named{"application/xml", ".xml"},
    Named{"text/xml", ".xml"},
    Named{"application/gzip", ".gz"},
    Named{"application/x-gzip", ".gz"},
};

constexpr bool is_safe(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

// Two lines that both begin an object.
bool is_lines(std::string_view body) {
  const std::size_t end = body.find('\n');
  if (end == std::string_view::npos) return false;
  const std::string_view rest = trim(body.substr(end + 1, 1024));
  const std::string_view first = trim(body.substr(0, end));
  return rest.starts_with('{') && first.ends_with('}');
}

std::string_view sniff(std::string_view body) {
  if (body.starts_with("\x1f\x8b")) return ".gz";
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const auto start = std::find_if_not(body.begin(), body.end(), is_ascii_space);
  body.remove_prefix(static_cast<std::size_t>(start - body.begin()));
  if (body.starts_with('{')) return is_lines(body) ? ".jsonl" : ".json";
  if (body.starts_with('[')) return ".json";
  if (body.starts_with('<')) return ".xml";
  return ".csv";
}

std::string_view extension_of(const Message& message) {
  const std::string type = to_lower(message.content_type);
  const std::string_view essence = trim(std::string_view(type).substr(0, type.find(';')));
  const auto known = std::ranges::find(kTypes, essence, &Named::content_type);
  return known == kTypes.end() ? sniff(message.body) : known->extension;
}

}  // namespace

std::string file_name_of(const Message& message, std::string_view fallback) {
  std::string name = message.id.empty() ? std::string(fallback) : message.id;
  if (name.size() > kNameBytes) name.resize(kNameBytes);
  std::replace_if(name.begin(), name.end(), std::not_fn(is_safe), '_');
  if (name.starts_with('-')) name.front() = '_';
  return name + std::string(extension_of(message));
}

}  // namespace devicebatch::queue
