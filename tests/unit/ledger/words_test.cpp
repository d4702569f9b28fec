#include "ledger/operator_verbs.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace devicebatch::ledger;

namespace {

// The words of the first `count` values, each of which must be its own.
template <class Enum>
std::set<std::string> words_of(int count) {
  std::set<std::string> words;
  for (int value = 0; value < count; ++value) {
    words.emplace(to_string(static_cast<Enum>(value)));
  }
  CHECK(words.size() == static_cast<std::size_t>(count));
  CHECK(words.count("") == 0);
  return words;
}

}  // namespace

TEST_CASE("every stored state has a word of its own") {
  CHECK(words_of<SubmissionState>(5).count("pending") == 1);
  CHECK(words_of<ChunkState>(5).count("unconfirmed") == 1);
  CHECK(words_of<ChunkKind>(2) == std::set<std::string>{"create", "append"});
  CHECK(words_of<BatchPresence>(3) == std::set<std::string>{"unknown", "absent", "present"});
  CHECK(words_of<Inquiry>(2) == std::set<std::string>{"resend", "look"});
  CHECK(words_of<Honours>(3) == std::set<std::string>{"unknown", "yes", "no"});
  CHECK(words_of<RecordStage>(8) == std::set<std::string>{"arriving", "waiting", "held", "planned",
                                                          "sending", "unconfirmed", "submitted",
                                                          "finished"});
}
