// daemon/doctor/site_checks.hpp - the machine around the daemon: folders, disks, ledger, sockets.
//
// Purpose:   the steps of docs/real-tenant.md that need neither a token nor the service. Nothing is
//            made or changed, whoever runs it.
// Errors:    each is a Diagnosis with its fix.
// Source:    docs/operations.md, "doctor".
#pragma once

#include "daemon/doctor/doctor_command.hpp"
#include "settings/settings.hpp"

#include <vector>

namespace devicebatch::daemon {

// Drop folders and the folders of ledger and sockets: are they there, safe, and on a disk with
// room?
std::vector<Diagnosis> check_folders(const settings::Settings& all, const DoctorOptions& options);

// Does the daemon answer, and may this user change things, as a roll-back would need?
std::vector<Diagnosis> check_service(const settings::Settings& all, const DoctorOptions& options);

// Has a device been registered yet, for each destination, and does anything stand still?
std::vector<Diagnosis> check_first_batch(const settings::Settings& all,
                                         const DoctorOptions& options);

}  // namespace devicebatch::daemon
