// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <regex>

#include <arpa/inet.h>

namespace iqt::config {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_alnum(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::optional<int> number_of(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// Bits of a numeric address, 0 where it is none; the bytes in network order.
int address_bits(const std::string& text, std::array<unsigned char, 16>& bytes) {
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 128;
    return 0;
}

bool is_cidr(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    const std::size_t slash = text.find('/');
    const int bits = address_bits(text.substr(0, slash), bytes);
    if (bits == 0 || slash == std::string::npos) return bits != 0;
    const auto prefix = number_of(std::string_view(text).substr(slash + 1));
    return prefix && *prefix <= bits;
}

bool is_loopback(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    const int bits = address_bits(text, bytes);
    if (bits == 32) return bytes[0] == 127;
    return bits == 128 && bytes[15] == 1 &&
           std::all_of(bytes.begin(), bytes.begin() + 15, [](unsigned char b) { return b == 0; });
}

bool is_ae_title(const std::string& text) {
    if (text.empty() || text.size() > 16 || text.front() == ' ' || text.back() == ' ') return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '-' || c == '_' || c == '.';
    });
}

bool is_timezone(const std::string& text) {
    if (text.empty()) return true;
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return false;
    if (!std::all_of(text.begin() + 1, text.end(), is_digit)) return false;
    const int minutes = *number_of(std::string_view(text).substr(1, 2)) * 60 +
                        *number_of(std::string_view(text).substr(3, 2));
    return text[3] < '6' &&
           (text[0] == '+' ? minutes <= 14 * 60 : minutes > 0 && minutes <= 12 * 60);
}

bool is_device(const std::string& text) {
    if (text == "auto" || text == "cpu") return true;
    return text.starts_with("cuda:") && number_of(std::string_view(text).substr(5)).has_value();
}

// As `openssl x509 -fingerprint -sha256` prints it (AB:CD:...) or without the colons.
bool is_fingerprint(const std::string& text) {
    constexpr std::size_t kDigits = 64, kWithColons = 95;
    if (text.size() == kDigits) return std::all_of(text.begin(), text.end(), is_hex);
    if (text.size() != kWithColons) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
    return true;
}

bool is_attribute(const std::string& text) {
    if (text.size() == 9 && text[4] == ',')
        return std::all_of(text.begin(), text.begin() + 4, is_hex) &&
               std::all_of(text.begin() + 5, text.end(), is_hex);
    return !text.empty() && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
           std::all_of(text.begin(), text.end(), is_alnum);
}

std::optional<std::string> unless(bool fine, const char* sentence) {
    return fine ? std::nullopt : std::optional<std::string>(sentence);
}

std::optional<std::string> check_regex(const std::string& text) {
    try {
        const std::regex compiled(text);
        return std::nullopt;
    } catch (const std::regex_error& error) {
        return std::string("is no regular expression (ECMAScript): ") + error.what();
    }
}

// Edits between two words: insert, delete, replace, swap of neighbours (restricted Damerau).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> check(Rule rule, const std::string& text) {
    switch (rule) {
        case Rule::Any:
            return std::nullopt;
        case Rule::NotEmpty:
            return unless(!text.empty(), "must not be empty");
        case Rule::Name:
            return unless(is_name(text), "must be 1 to 64 letters, digits, '-', '_' or '.'");
        case Rule::AeTitle:
            return unless(is_ae_title(text),
                          "must be an AE title: 1 to 16 ASCII characters without a backslash and "
                          "without a space at either end");
        case Rule::IpAddress:
            return unless(is_cidr(text) && text.find('/') == std::string::npos,
                          "must be a numeric IPv4 or IPv6 address, for example 0.0.0.0");
        case Rule::LoopbackAddress:
            return unless(is_loopback(text),
                          "must be a loopback address (127.0.0.1 or ::1): the HTTP interface asks "
                          "nobody who they are, so it is not offered to the network");
        case Rule::Cidr:
            return unless(is_cidr(text),
                          "must be an address or a network, for example 10.1.2.3 or 10.1.2.0/24");
        case Rule::Timezone:
            return unless(is_timezone(text), "must be empty or like +0100 (from -1200 to +1400)");
        case Rule::Device:
            return unless(is_device(text), "must be auto, cpu or cuda:N");
        case Rule::Fingerprint:
            return unless(
                is_fingerprint(text),
                "must be the SHA-256 of a certificate, 64 hexadecimal digits with or "
                "without colons, as `openssl x509 -noout -fingerprint -sha256` prints it");
        case Rule::Regex:
            return check_regex(text);
        case Rule::Attribute:
            return unless(is_attribute(text),
                          "must be a DICOM keyword such as SeriesDescription or a tag such as "
                          "0008,103e");
    }
    return std::nullopt;
}

std::optional<std::string> nearest(std::string_view name,
                                   const std::vector<std::string>& candidates) {
    constexpr std::size_t kLongestName = 64;  // longer ones are no slip of the pen
    if (name.size() > kLongestName) return std::nullopt;
    std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
    std::optional<std::string> found;
    for (const std::string& candidate : candidates) {
        const std::size_t edits = distance(name, candidate);
        if (edits < best && edits < std::max(name.size(), candidate.size())) {
            best = edits;
            found = candidate;
        }
    }
    return found;
}

}  // namespace iqt::config
