// SPDX-License-Identifier: Apache-2.0
#include "server/tls_files.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "dicom/net/tls.hpp"
#include "pipeline/digest/certificate.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::server {
namespace {

namespace fs = std::filesystem;
using digest::Certificate;
using digest::utc_text;

constexpr std::int64_t kDay_s = 86'400;
constexpr std::int64_t kWarnBefore_s = 30 * kDay_s;

/// Notes what is wrong with one file after the other.
class FileCheck {
  public:
    FileCheck(std::int64_t now_utc_s, std::vector<config::Problem>& problems)
        : now_utc_s_(now_utc_s), problems_(problems) {}

    void own_certificate(const std::string& pointer, const fs::path& file) {
        const auto read = digest::read_certificates(file);
        if (!read) return note(pointer, read.error());
        // Behind the first one come its authorities; without them peers may still know them.
        const Certificate& own = read->front();
        if (own.not_after_utc_s <= now_utc_s_)
            wrong(pointer, file, "expired on " + utc_text(own.not_after_utc_s), "have it renewed");
        if (own.not_before_utc_s > now_utc_s_)
            wrong(pointer, file, "is valid only from " + utc_text(own.not_before_utc_s),
                  "check this machine's clock, or wait");
    }

    void private_key(const std::string& pointer, const fs::path& key, const fs::path& certificate) {
        std::error_code code;
        const fs::perms rights = fs::status(key, code).permissions();
        const fs::perms open = fs::perms::others_all | fs::perms::group_write;
        if (!code && (rights & open) != fs::perms::none)
            wrong(pointer, key, "lies open to others (mode " + octal(rights) + ")",
                  "chmod it to 0600, or to 0640 where only the node is in its group");
        if (const auto fits = digest::check_private_key(key, certificate); !fits)
            note(pointer, fits.error());
    }

    void trusted(const std::string& pointer, const fs::path& trusted) {
        const auto files = dicom::net::trusted_files(trusted);
        if (files.empty())
            return wrong(pointer, trusted, "holds no file *.pem or *.crt",
                         "put the certificates of the peers' authorities there");
        bool any_in_date = false, all_read = true;
        for (const fs::path& file : files) {
            const auto read = digest::read_certificates(file);
            all_read = all_read && read.has_value();
            if (!read) {
                note(pointer, read.error());
                continue;
            }
            any_in_date = any_in_date || std::ranges::any_of(*read, [this](const Certificate& one) {
                              return one.not_after_utc_s > now_utc_s_;
                          });
        }
        if (all_read && !any_in_date)
            wrong(pointer, trusted, "holds only certificates that have expired",
                  "fetch the current ones");
    }

    void revocation_lists(const std::string& pointer, const fs::path& file) {
        const auto ends = digest::revocation_lists_end_utc_s(file);
        if (!ends) return note(pointer, ends.error());
        if (*ends <= now_utc_s_)
            wrong(pointer, file, "holds a list that was to be replaced on " + utc_text(*ends),
                  "fetch the current one; with an old one every certificate is refused");
    }

  private:
    static std::string octal(fs::perms rights) {
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), "%04o",
                      static_cast<unsigned>(rights & fs::perms::mask));
        return text.data();
    }
    void note(const std::string& pointer, const Error& error) {
        problems_.push_back({pointer, to_string(error)});
    }
    void wrong(const std::string& pointer, const fs::path& file, std::string what,
               std::string hint) {
        note(pointer, Error{ErrorKind::Config, std::move(what), file.string(), std::move(hint)});
    }

    std::int64_t now_utc_s_;
    std::vector<config::Problem>& problems_;
};

bool uses_tls(const config::Config& config) {
    return config.dicom.tls.mode != "off" ||
           std::ranges::any_of(config.destinations,
                               [](const auto& named) { return named.second.tls.enabled; });
}

}  // namespace

std::vector<config::Problem> tls_file_problems(const config::Config& config,
                                               std::int64_t now_utc_s) {
    std::vector<config::Problem> problems;
    if (!uses_tls(config)) return problems;
    FileCheck check(now_utc_s, problems);
    const config::DicomTls& tls = config.dicom.tls;
    if (!tls.certificate.empty()) {
        check.own_certificate("/dicom/tls/certificate", tls.certificate);
        check.private_key("/dicom/tls/private_key", tls.private_key, tls.certificate);
    }
    if (!tls.trusted.empty()) check.trusted("/dicom/tls/trusted", tls.trusted);
    if (!tls.crl.empty()) check.revocation_lists("/dicom/tls/crl", tls.crl);
    for (const auto& [name, destination] : config.destinations) {
        if (!destination.tls.enabled) continue;
        // Names consist of letters, digits, '-', '_' and '.': nothing to escape in a pointer.
        const std::string pointer = "/destinations/" + name + "/tls/";
        if (!destination.tls.trusted.empty())
            check.trusted(pointer + "trusted", destination.tls.trusted);
        if (!destination.tls.crl.empty())
            check.revocation_lists(pointer + "crl", destination.tls.crl);
    }
    return problems;
}

void warn_of_certificate_end(const config::Config& config, std::int64_t now_utc_s) {
    if (!uses_tls(config) || config.dicom.tls.certificate.empty()) return;
    const auto read = digest::read_certificates(config.dicom.tls.certificate);
    if (!read || read->front().not_after_utc_s - now_utc_s > kWarnBefore_s) return;
    log::event(log::Level::Warn, "tls.certificate_ends_soon",
               {{"file", config.dicom.tls.certificate},
                {"ends", utc_text(read->front().not_after_utc_s)},
                {"days", (read->front().not_after_utc_s - now_utc_s) / kDay_s},
                {"hint", "have it renewed, then send SIGHUP"}});
}

}  // namespace iqt::server
