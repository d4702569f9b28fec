// daemon/doctor/auth_probe.hpp - does an account get tokens that the service takes, and if not,
// why.
//
// Purpose:   one sentence for each account: what is wrong first, and how to mend it. Nothing is
//            changed: a refresh token that comes back is not kept, since the old one stays good.
// Source:    docs/operations.md, "doctor"; docs/errors.md has the advice for each answer.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "daemon/doctor/doctor_command.hpp"
#include "http/transport.hpp"
#include "settings/settings.hpp"

#include <string>
#include <vector>

namespace devicebatch::daemon {

struct ProbeTools {
  http::Transport& transport;
  const Clock& clock;
  Random& random;
  std::string credentials_directory;
};

// What is wrong, then what to mind; one that is good when there is neither. `asks_service`: list
// the batches of the account's first destination as well, with the question whether its MFA is
// good.
std::vector<Diagnosis> auth_probe(const settings::Settings& settings,
                                  const settings::Account& account, const ProbeTools& tools,
                                  bool asks_service);

}  // namespace devicebatch::daemon
