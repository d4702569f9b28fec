#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace devicebatch {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "devicebatchd: broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace devicebatch
