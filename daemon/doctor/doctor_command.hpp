// daemon/doctor/doctor_command.hpp - `devicebatchd doctor`: what is wrong around the daemon, in
// sentences.
//
// Purpose:   runs a list of checks, each independent of the others, and says what to mend.
// Source:    a new check is a row of the table in doctor_command.cpp and an option here.
#pragma once

#include <string>
#include <vector>

namespace devicebatch::daemon {

enum class Health { good, mind, wrong };

struct Diagnosis {
  Health health = Health::good;
  std::string about;     // "account contoso"
  std::string sentence;  // what is, or is wrong
  std::string fix;       // what to do; empty when nothing needs to be done
  int exit_code = 0;     // of Health::wrong
};

struct DoctorOptions {
  std::string config;
  bool json = false;
  // Only these checks; without any, all of them.
  bool site = false;
  bool auth = false;
  bool first_batch = false;
  bool asks_service = false;  // besides tokens: a harmless call for each account
};

// kOk when nothing is wrong; else the exit code of the first diagnosis that is.
int doctor_command(const DoctorOptions& options);

}  // namespace devicebatch::daemon
