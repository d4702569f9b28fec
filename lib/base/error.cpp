#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace devicebatch {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::transient:
      return "transient";
    case Errc::throttled:
      return "throttled";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::forbidden:
      return "forbidden";
    case Errc::rejected:
      return "rejected";
    case Errc::not_found:
      return "not_found";
    case Errc::corrupt:
      return "corrupt";
    case Errc::full:
      return "full";
    case Errc::busy:
      return "busy";
    case Errc::unconfirmed:
      return "unconfirmed";
    case Errc::cancelled:
      return "cancelled";
    case Errc::bad_config:
      return "bad_config";
  }
  return "unknown";
}

Error Error::within(std::string_view context) && {
  message_.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

namespace {

Errc reaction_to(int errno_value) {
  switch (errno_value) {
    case ENOENT:
      return Errc::not_found;
    case ENOSPC:
    case EDQUOT:
      return Errc::full;
    case EBUSY:
    case ETXTBSY:
    case EAGAIN:
      return Errc::busy;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::forbidden;
    case ELOOP:
    case ENOTDIR:
    case EINVAL:
      return Errc::rejected;
    default:
      return Errc::transient;
  }
}

}  // namespace

Error system_error(int errno_value, std::string_view what) {
  return Error(reaction_to(errno_value),
               std::string(what) + ": " + std::generic_category().message(errno_value),
               errno_value);
}

}  // namespace devicebatch
