// base/check.hpp - an assertion that is always on.
//
// Purpose:   a broken invariant of ours stops the process. The ledger makes that safe, systemd
//            restarts it, and nothing wrong is written in between. Never for input.
#pragma once

namespace devicebatch {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace devicebatch

#define DEVICEBATCH_CHECK(condition) \
  ((condition) ? void() : ::devicebatch::check_failed(#condition, __FILE__, __LINE__))
