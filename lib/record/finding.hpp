// record/finding.hpp - what is wrong or odd about a row, said so that the line can act on it.
//
// Purpose:   field, stable code, plain reason, what to do. The line number travels with the row.
// Source:    the table in finding.cpp is the only list of codes; docs/findings.md is made from it.
// Errors:    a finding of Severity::error rejects its row; a warning does not.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace devicebatch::record {

enum class Severity { warning = 0, error = 1 };

enum class Field { row, serial, pkid, hash, manufacturer, model, group_tag, assigned_user, file };
std::string_view to_string(Field field);

struct Finding {
  Finding(Severity how_bad, Field where, std::string_view stable_code, std::string why,
          std::string_view what_to_do)
      : severity(how_bad),
        field(where),
        code(stable_code),
        reason(std::move(why)),
        fix(what_to_do) {}

  Severity severity;
  Field field;
  std::string_view code;  // a literal such as "hash.damaged"
  std::string reason;     // a sentence; never a product key, never a whole hash
  std::string_view fix;   // a literal sentence in the imperative
};

}  // namespace devicebatch::record
