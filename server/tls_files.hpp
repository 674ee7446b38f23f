// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.hpp"
#include "config/load.hpp"

namespace iqt::server {

/// Everything that is wrong with the files that a configuration names for DICOM TLS, with the JSON
/// pointer of the setting: missing, unreadable, not PEM, out of date; a key that does not belong to
/// the certificate, has a passphrase, or lies open to others. A private key may be read by its
/// group (Debian's ssl-cert, systemd's credentials), not by everybody, and changed by its owner
/// alone. `now_utc_s` is seconds since 1970.
std::vector<config::Problem> tls_file_problems(const config::Config& config,
                                               std::int64_t now_utc_s);

/// Writes a warning to the log for the node's own certificate when it ends within 30 days.
void warn_of_certificate_end(const config::Config& config, std::int64_t now_utc_s);

}  // namespace iqt::server
