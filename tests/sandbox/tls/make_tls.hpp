// sandbox/tls/make_tls.hpp - a certificate authority for tests, and what it has signed.
//
// Purpose:   files that a server shows and that a client must, or must not, believe; and a
//            certificate that a client proves itself with. All server certificates have one key.
// Errors:    Errc of the file that cannot be written.
// Source:    tests/sandbox/README.md lists the files.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace devicebatch::sandbox {

Result<void> make_tls(const std::filesystem::path& folder);

}  // namespace devicebatch::sandbox
