// support/live_memory.hpp - what the process has allocated at this moment.
//
// Purpose:   tests of bounded memory ask here, not the kernel: AddressSanitizer keeps what was
//            freed for a while, so that the peak of a process says little.
// Threading: any thread; all threads count.
// Units:     bytes; 0 where the allocator does not say.
#pragma once

#include <cstddef>
#if defined(__SANITIZE_ADDRESS__)
// Of sanitizer/allocator_interface.h, which g++ does not bring.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#else
#include <malloc.h>
#endif

namespace devicebatch::support {

inline std::size_t live_bytes() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

}  // namespace devicebatch::support
