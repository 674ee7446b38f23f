// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/core/result.hpp"

/// What certificate and key files hold, for whoever sets up TLS. Files are PEM (RFC 7468). Nothing
/// here keeps a file or asks for a passphrase. Safe from any thread.
namespace iqt::digest {

/// One X.509 certificate (RFC 5280) as far as an administrator has to know it. Times are UTC,
/// seconds since 1970.
struct Certificate {
    std::string sha256_hex;  ///< of its DER form, as `openssl x509 -fingerprint -sha256` shows it
    std::int64_t not_before_utc_s = 0, not_after_utc_s = 0;
};

/// All certificates of a file in their order; at least one. Errors: Io (cannot be read),
/// InvalidInput (holds none, or one that is damaged).
Result<std::vector<Certificate>> read_certificates(const std::filesystem::path& file);

/// Whether a file holds a private key without a passphrase that belongs to the first certificate
/// of the other file. Errors: Io, InvalidInput (no key, a damaged one, one with a passphrase),
/// Mismatch.
Status check_private_key(const std::filesystem::path& key,
                         const std::filesystem::path& certificate);

/// When the first of a file's revocation lists is to be replaced by its next one. Errors: Io,
/// InvalidInput (holds none, or one that names no time).
Result<std::int64_t> revocation_lists_end_utc_s(const std::filesystem::path& file);

/// "2026-05-31 12:00:00 UTC" (ISO 8601, seconds).
std::string utc_text(std::int64_t utc_s);

}  // namespace iqt::digest
