// flow/route.hpp - which destination a file or message is for.
//
// Purpose:   the source has one; a manifest, a property of the message, or the name of the file may
//            choose another of those that the source may route to. Nothing is guessed: a choice
//            that cannot be followed refuses the file.
// Threading: pure; any thread.
// Source:    docs/operations.md, "Where rows go".
#pragma once

#include "record/finding.hpp"

#include <tl/expected.hpp>

#include <span>
#include <string>
#include <string_view>

namespace devicebatch::flow {

struct RouteRules {
  std::string_view own;                 // the source's destination
  std::span<const std::string> others;  // may_route_to
  std::string_view name_template;       // {destination} once, * and ? for anything; empty: none
};

// The name of a destination. `asked` is what a manifest or a message names, empty when nothing
// does; it outranks the name of the file.
tl::expected<std::string_view, record::Finding> choose_destination(const RouteRules& rules,
                                                                   std::string_view file_name,
                                                                   std::string_view asked);

// Does `name` follow `pattern`, in which `*` is any run of characters and `?` any one? Case counts
// not: names come from Windows.
bool follows_pattern(std::string_view pattern, std::string_view name);

}  // namespace devicebatch::flow
