#include "format/json/reader.hpp"

#include "base/text.hpp"
#include "record/field_text.hpp"
#include "record/product_key.hpp"

#include <algorithm>
#include <utility>

namespace devicebatch::format {
namespace {

using record::Code;
using record::make_finding;
using record::RawRow;

// The names of Partner Center and Graph in lower case; those of CSV headers are understood too.
// "productkey" is the 13-digit id here; a 25-character key in it is found by its shape.
constexpr std::pair<std::string_view, Column> kNames[] = {
    {"serialnumber", Column::serial},
    {"productkey", Column::pkid},
    {"hardwarehash", Column::hash},
    {"hardwareidentifier", Column::hash},
    {"oemmanufacturername", Column::manufacturer},
    {"manufacturer", Column::manufacturer},
    {"modelname", Column::model},
    {"model", Column::model},
    {"grouptag", Column::group_tag},
    {"orderidentifier", Column::group_tag},
    {"assigneduserprincipalname", Column::assigned_user},
};

constexpr std::string_view kCurrentBlob = "currenthardwareblob";
constexpr std::string_view kCachedBlob = "cachedhardwareblob";

// No name that is known is longer.
constexpr std::size_t kLongestName = 64;

Column column_for(std::string_view name) {
  if (name.size() > kLongestName) return Column::local;
  const std::string folded = to_lower(trim(name));
  for (const auto& [known, column] : kNames) {
    if (known == folded) return column;
  }
  return column_named(name);
}

const JsonMember* find_member(const std::vector<JsonMember>& members, std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& member) {
    return equals_ignoring_case(trim(member.name), name);
  });
  return found == members.end() ? nullptr : &*found;
}

std::string shown(std::string_view name) {
  return record::without_product_keys(name);
}

}  // namespace

JsonReader::JsonReader(TextWindow& window, const record::RowChecker& checker,
                       const ReadOptions& options, const BatchSink& sink, FileReport& report)
    : window_(window), report_(report), splitter_(window), feed_(checker, options, sink, report) {}

Result<void> JsonReader::run() {
  report_.dialect = "json";
  while (!report_.refusal) {
    const auto step = splitter_.next();
    if (!step) return fail(Error(step.error()));
    if (*step == JsonSplitter::Step::end) break;
    auto done = take(*step);
    if (!done) return done;
  }
  return finish();
}

Result<void> JsonReader::take(JsonSplitter::Step step) {
  switch (step) {
    case JsonSplitter::Step::record:
      take_record();
      return feed_.passed(splitter_.text().size());
    case JsonSplitter::Step::fault:
      take_fault();
      return feed_.passed(splitter_.text().size());
    case JsonSplitter::Step::list:
      take_list();
      return {};
    case JsonSplitter::Step::list_end:
      take_list_end();
      return {};
    case JsonSplitter::Step::refused:
      report_.refusal = splitter_.take_finding();
      return {};
    case JsonSplitter::Step::end:
      return {};
  }
  return {};
}

Result<void> JsonReader::finish() {
  report_.lines = std::max(splitter_.lines(), splitter_.numbers().last());
  if (!report_.refusal && report_.rows == 0) report_.refusal = make_finding(Code::file_no_devices);
  if (report_.refusal) {
    SecretWatch watch;
    auto seen = watch.look_at_rest(window_);
    if (!seen) return seen;
    report_.holds_secret |= watch.has_seen();
  }
  report_.holds_secret |= splitter_.saw_secret();
  return feed_.finish();
}

void JsonReader::take_record() {
  if (!splitter_.is_in_list()) name_dialect();
  const std::string_view text = splitter_.text();
  if (!feed_.begin(splitter_.numbers())) {
    report_.holds_secret |= record::contains_product_key(text);
    return;
  }
  if (auto broken = object_.read(text)) {
    if (record::contains_product_key(text)) broken = make_finding(Code::secret_product_key);
    RawRow row;
    row.all_fields = object_.texts();
    report_.holds_secret |= broken->code == record::row_of(Code::secret_product_key).code;
    return feed_.reject(row, std::move(*broken));
  }
  if (const JsonMember* current = find_member(object_.members(), kCurrentBlob)) {
    if (find_member(object_.members(), kCachedBlob) != nullptr) return take_mismatch_data(*current);
  }
  if (report_.rows == 1 && !splitter_.is_in_list() && is_other_object()) return;
  take_members(object_.members());
}

void JsonReader::take_members(const std::vector<JsonMember>& members) {
  RawRow row;
  row.all_fields = object_.texts();
  auto wrong = put_all(members, row);
  if (row.group_tag.empty()) row.group_tag = batch_id_;
  if (wrong) return feed_.reject(row, std::move(*wrong));
  feed_.check(row);
}

std::optional<record::Finding> JsonReader::put_all(const std::vector<JsonMember>& members,
                                                   RawRow& row) {
  std::optional<record::Finding> first;
  for (std::size_t at = 0; at < members.size(); ++at) {
    const Column column = column_of(at, members[at].name);
    if (column == Column::local) continue;
    auto wrong = put(members[at], column, row);
    if (wrong && !first) first = std::move(wrong);
  }
  return first;
}

std::optional<record::Finding> JsonReader::put(const JsonMember& member, Column column,
                                               RawRow& row) {
  std::string_view& place = row.*member_of(column);
  switch (member.kind) {
    case JsonMember::Kind::null:
      return std::nullopt;
    case JsonMember::Kind::number:
      return make_finding(Code::row_json_number, {shown(member.name)});
    case JsonMember::Kind::text:
      break;
    default:
      return make_finding(Code::row_json_not_text, {shown(member.name), to_string(member.kind)});
  }
  if (record::trim_field(member.text).empty() || place == member.text) return std::nullopt;
  if (place.empty()) {
    place = member.text;
    return std::nullopt;
  }
  for (const JsonMember& other : object_.members()) {
    if (other.text.data() != place.data()) continue;
    return make_finding(Code::row_json_two_names, {shown(other.name), shown(member.name)});
  }
  return std::nullopt;
}

// Records of one file have the same names in the same order.
Column JsonReader::column_of(std::size_t at, std::string_view name) {
  if (at < known_names_.size() && known_names_[at] == name) return known_columns_[at];
  const Column column = column_for(name);
  if (at < known_names_.size()) {
    known_names_[at] = name;
    known_columns_[at] = column;
  } else if (at == known_names_.size()) {
    known_names_.emplace_back(name);
    known_columns_.push_back(column);
  }
  return column;
}

void JsonReader::take_mismatch_data(const JsonMember& current) {
  RawRow row;
  row.all_fields = object_.texts();
  report_.dialect = "json hardware mismatch data";
  if (auto wrong = put(current, Column::hash, row)) return feed_.reject(row, std::move(*wrong));
  feed_.check(row);
  feed_.warn(make_finding(Code::row_mismatch_data));
}

bool JsonReader::is_other_object() {
  const auto& members = object_.members();
  for (std::size_t at = 0; at < members.size(); ++at) {
    if (column_of(at, members[at].name) != Column::local) return false;
  }
  report_.refusal = make_finding(Code::file_json_not_devices, {object_.names()});
  for (std::string_view text : object_.texts()) {
    report_.holds_secret |= record::contains_product_key(text);
  }
  return true;
}

void JsonReader::take_fault() {
  record::Finding finding = splitter_.take_finding();
  const bool is_secret = record::contains_product_key(splitter_.text());
  if (is_secret) finding = make_finding(Code::secret_product_key);
  report_.holds_secret |= is_secret;
  if (feed_.begin(splitter_.numbers())) feed_.reject(RawRow(), std::move(finding));
}

void JsonReader::take_list() {
  name_dialect();
  outer_names_.clear();
  batch_id_.clear();
  if (splitter_.list_name().empty()) return;
  if (equals_ignoring_case(splitter_.list_name(), "devicesStatus")) {
    report_.refusal = make_finding(Code::file_json_status_answer, {splitter_.list_name()});
    return;
  }
  take_surroundings(splitter_.text(), "]}");
}

void JsonReader::take_list_end() {
  if (!outer_names_.empty()) {
    // Behind the bracket stands a comma, or the end.
    std::string_view rest = splitter_.text().substr(1);
    rest.remove_prefix(std::min(rest.find_first_of(",}"), rest.size()));
    const bool is_last = rest.starts_with('}');
    if (!is_last) take_surroundings("{", rest.substr(1));
  }
  outer_names_.clear();
  batch_id_.clear();
}

void JsonReader::take_surroundings(std::string_view head, std::string_view tail) {
  const std::string line = std::to_string(splitter_.line());
  const bool is_behind = !outer_names_.empty();
  if (auto wrong = object_.read(head, tail)) {
    report_.refusal = make_finding(Code::file_json_broken, {line, wrong->reason});
    return;
  }
  for (std::string_view text : object_.texts()) {
    if (!record::contains_product_key(text)) continue;
    report_.holds_secret = true;
    report_.refusal = make_finding(Code::secret_product_key, record::Field::file);
    return;
  }
  for (const JsonMember& member : object_.members()) {
    const bool is_known =
        std::find(outer_names_.begin(), outer_names_.end(), member.name) != outer_names_.end();
    const bool is_list = member.kind == JsonMember::Kind::array && is_json_list_name(member.name);
    if (is_behind && is_list) {
      report_.refusal = make_finding(Code::file_json_two_lists, {line, member.name});
    } else if (is_known) {
      report_.refusal = make_finding(
          Code::file_json_broken, {line, "the member " + printable(member.name) + " stands twice"});
    }
    if (report_.refusal) return;
    take_surrounding(member, is_behind);
  }
  for (const JsonMember& member : object_.members()) outer_names_.emplace_back(member.name);
}

void JsonReader::take_surrounding(const JsonMember& member, bool is_behind) {
  if (member.text.empty()) return;
  if (equals_ignoring_case(member.name, "@odata.nextLink")) {
    report_.warnings.push_back(make_finding(Code::file_json_more_pages, {member.name}));
  } else if (equals_ignoring_case(member.name, "BatchId") && is_behind) {
    report_.warnings.push_back(make_finding(Code::file_json_batch_id_late, {member.text}));
  } else if (equals_ignoring_case(member.name, "BatchId")) {
    batch_id_ = member.text;
  }
}

void JsonReader::name_dialect() {
  ++top_values_;
  const std::string_view name = splitter_.list_name();
  if (top_values_ == 2) {
    report_.dialect = "json lines";
  } else if (top_values_ == 1) {
    if (!splitter_.is_in_list())
      report_.dialect = "json object";
    else if (name.empty())
      report_.dialect = "json array";
    else
      report_.dialect = "json list " + printable(name, 64);
  }
}

}  // namespace devicebatch::format
