# One interface target carries the flags, so that no target can forget them.
add_library(devicebatch_options INTERFACE)
target_include_directories(devicebatch_options INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_options(devicebatch_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror
  # g++ 12 sees the operator delete of an Asio coroutine frame, but not the new it belongs to
  # (GCC bug 109224, until 13).
  -Wno-mismatched-new-delete)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(devicebatch_options INTERFACE -g1 -O1)
endif()

if(DEVICEBATCH_SANITIZE)
  # The instrumentation makes g++ 12 suspect std::function and std::regex; its manual says so.
  target_compile_options(devicebatch_options INTERFACE -Wno-maybe-uninitialized
    -fsanitize=${DEVICEBATCH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(devicebatch_options INTERFACE -fsanitize=${DEVICEBATCH_SANITIZE})
  if(DEVICEBATCH_SANITIZE MATCHES "thread")
    # Asio fences its reference counts; the warning says that ThreadSanitizer does not model fences.
    target_compile_options(devicebatch_options INTERFACE -Wno-tsan)
  endif()
endif()

if(DEVICEBATCH_HARDEN)
  target_compile_options(devicebatch_options INTERFACE
    -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero -Werror=format-security)
  target_link_options(devicebatch_options INTERFACE
    -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

if(DEVICEBATCH_FUZZ)
  target_compile_options(devicebatch_options INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(devicebatch_options INTERFACE -fsanitize=address,undefined)
endif()
