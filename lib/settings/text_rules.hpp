// settings/text_rules.hpp - what a text must look like, one function for each kind of text.
//
// Purpose:   each returns what is wrong, as the end of a sentence that begins with the key; empty
//            when nothing is. Values that may hold a secret by mistake are never repeated.
// Threading: pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace devicebatch::settings {

using TextRule = std::string (*)(std::string_view text);

std::string wrong_name(std::string_view text);        // 1-64 of letters, digits, "_", ".", "-"
std::string wrong_guid(std::string_view text);        // not the nil one
std::string wrong_tenant(std::string_view text);      // a GUID or a domain
std::string wrong_batch(std::string_view text);       // 1-64 characters that can be seen
std::string unsafe_batch(std::string_view text);      // of letters, digits, " ", "_", ".", "-" only
std::string wrong_path(std::string_view text);        // absolute
std::string wrong_file(std::string_view text);        // absolute or empty
std::string wrong_credential(std::string_view text);  // a name without a folder
std::string wrong_url(std::string_view text);         // https or http, host, no user, no query
std::string wrong_proxy(std::string_view text);       // the same, or empty
std::string wrong_resource(std::string_view text);    // an absolute URI
std::string wrong_listen(std::string_view text);      // ADDRESS:PORT or empty
std::string wrong_level(std::string_view text);       // of the log
std::string wrong_locale(std::string_view text);      // like en-US
std::string wrong_application(std::string_view text);       // a header value
std::string wrong_contract_version(std::string_view text);  // like v1, or empty
std::string wrong_charset(std::string_view text);           // a name like windows-1252
std::string wrong_column(std::string_view text);            // of a file without a header
std::string wrong_pattern(std::string_view text);           // has a named group that identifies
std::string wrong_template(std::string_view text);          // a file name with {destination}
std::string wrong_broker(std::string_view text);            // amqps or amqp, host, no user, no path
std::string wrong_address(std::string_view text);           // of a queue at its broker
std::string wrong_user(std::string_view text);              // at a broker

// The same rule, and an empty text is right too.
template <TextRule rule>
std::string or_empty(std::string_view text) {
  return text.empty() ? std::string() : rule(text);
}

// Of a well-formed URL.
bool is_https(std::string_view url);
bool is_loopback(std::string_view url);

}  // namespace devicebatch::settings
