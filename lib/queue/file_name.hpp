// queue/file_name.hpp - what a message is called as a file of its private folder.
//
// Purpose:   people find a message again by its id; nothing a sender writes may lead anywhere else.
// Threading: pure; any thread.
// Source:    letters, digits, "-" and "_" stay, anything else becomes "_": so no name is hidden, is
//            an option, leads out of the folder or ends like a receipt.
#pragma once

#include "queue/message.hpp"

#include <string>
#include <string_view>

namespace devicebatch::queue {

inline constexpr std::size_t kNameBytes = 100;

// "ORDER-17.csv"; `fallback` stands for an id that is missing.
std::string file_name_of(const Message& message, std::string_view fallback);

}  // namespace devicebatch::queue
