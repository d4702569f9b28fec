// daemon/login_command.hpp - `devicebatchd login ACCOUNT`: the one consent of a person.
//
// Purpose:   walks somebody through the sign-in that App+User needs and stores the refresh token
//            where the account's settings say. Works with the daemon running or not: it reads the
//            file at its next request.
// Errors:    kBadConfig: the account or its files; kNoPermission: the identity service or the
//            person said no; kUnavailable: nobody answered; kIoError: the token could not be
//            stored.
#pragma once

#include <string>

namespace devicebatch::daemon {

struct LoginOptions {
  std::string config;
  std::string account;
  bool device_code = false;  // else an address to open and an answer to paste
  // As registered for the application.
  std::string redirect_uri = "http://localhost";
};

int login_command(const LoginOptions& options);

}  // namespace devicebatch::daemon
