// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iqt::config {

/// What a text must look like.
enum class Rule {
    Any,
    NotEmpty,
    Name,             ///< letters, digits, '-', '_', '.'; up to 64
    AeTitle,          ///< PS3.5 6.2, value representation AE: 1 to 16 characters
    IpAddress,        ///< IPv4 or IPv6, numeric
    LoopbackAddress,  ///< numeric, 127.0.0.0/8 or ::1
    Cidr,             ///< address or address/prefix length
    Timezone,         ///< empty or +hhmm/-hhmm as in TimezoneOffsetFromUTC (PS3.3 C.12.1.1.8)
    Device,           ///< "auto", "cpu", "cuda:N"
    Fingerprint,      ///< SHA-256: 64 hexadecimal digits, with or without colons
    Regex,            ///< ECMAScript
    Attribute,        ///< DICOM keyword or "gggg,eeee"
};

/// What is wrong with a text under a rule, as a sentence with the remedy; nullopt = nothing.
std::optional<std::string> check(Rule rule, const std::string& text);

/// The candidate nearest to `name` by edit distance (insert, delete, replace, swap), if any is
/// near enough to be a likely slip of the pen.
std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates);

}  // namespace iqt::config
