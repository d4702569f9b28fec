// base/result.hpp - a value or an Error.
//
// Purpose:   the return type of everything that can fail for reasons outside the program.
// Source:    tl::expected has the interface of C++23's std::expected, which g++ 12 lacks.
#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <utility>

namespace devicebatch {

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> fail(Errc code, std::string message, int native = 0) {
  return fail(Error(code, std::move(message), native));
}

// Hands an error on with the caller's context in front. Once for each module it crosses.
template <class T>
tl::unexpected<Error> fail(Result<T>&& failed, std::string_view context) {
  return fail(std::move(failed.error()).within(context));
}

}  // namespace devicebatch
