// sandbox/control/document.hpp - what people write: YAML or JSON, and where in it something stands.
//
// Purpose:   readers say where they stumbled as a JSON pointer in front of the message,
//            "/faults/2/when/nth: a number is expected"; a file turns that into a line.
// Threading: pure.
// Errors:    Errc::bad_config.
#pragma once

#include "base/result.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <unordered_map>

namespace devicebatch::sandbox {

struct Document {
  boost::json::value value;
  std::unordered_map<std::string, int> lines;  // by pointer, counted from 1
  std::string path;

  // The same error with "PATH: line N: " in place of its pointer.
  Error locate(const Error& error) const;
};

// YAML, of which JSON is a part. A member that stands twice is an error.
Result<Document> read_document(const std::string& path);

// "/member: what"
tl::unexpected<Error> wrong(std::string_view member, std::string_view what);
// Puts "/step" in front of the place where `error` happened.
tl::unexpected<Error> inside(std::string_view step, const Error& error);

// Readers of one value; false: it is no such thing.
bool read_number(const boost::json::value& value, std::uint64_t& number);
bool read_text(const boost::json::value& value, std::string& text);
bool read_switch(const boost::json::value& value, bool& on);

}  // namespace devicebatch::sandbox
