// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/association_policy.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace iqt::dicom::net {
namespace {

// PS3.7 A.2.1: the only application context there is.
constexpr std::string_view kDicomApplicationContext = "1.2.840.10008.3.1.1.1";
constexpr std::size_t kAeTitleMax = 16;  // PS3.5 table 6.2-1, AE
constexpr int kMappedPrefixBits = 96;

struct ParsedAddress {
    std::array<std::uint8_t, 16> bytes{};
    bool ipv4 = false;
};

std::optional<ParsedAddress> parse_address(std::string_view text) {
    const std::string address(text.substr(0, text.find('%')));
    ParsedAddress parsed;
    if (in_addr v4{}; ::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        parsed.ipv4 = true;
        parsed.bytes[10] = parsed.bytes[11] = 0xff;
        std::memcpy(parsed.bytes.data() + 12, &v4, sizeof v4);
        return parsed;
    }
    if (::inet_pton(AF_INET6, address.c_str(), parsed.bytes.data()) == 1) return parsed;
    return std::nullopt;
}

// The default repertoire without backslash and control characters; PS3.5 table 6.2-1.
bool is_ae_title(std::string_view title) {
    return !title.empty() && title.size() <= kAeTitleMax &&
           title.find_first_not_of(' ') != std::string_view::npos &&
           std::ranges::all_of(title, [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

// Leading and trailing spaces of an AE title have no meaning; PS3.5 table 6.2-1.
std::string trimmed(std::string_view title) {
    const auto first = title.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(title.substr(first, title.find_last_not_of(' ') - first + 1));
}

// 64 lower-case digits of a fingerprint; nothing where it is none.
std::optional<std::string> fingerprint_digits(std::string_view text) {
    constexpr std::size_t kSha256Digits = 64;
    std::string digits;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ':') continue;
        if (std::isxdigit(byte) == 0) return std::nullopt;
        digits.push_back(static_cast<char>(std::tolower(byte)));
    }
    if (digits.size() != kSha256Digits) return std::nullopt;
    return digits;
}

}  // namespace

Result<AddressBlock> AddressBlock::parse(std::string_view text) {
    const auto bad = [&] {
        return fail(ErrorKind::InvalidInput, "not an address or CIDR block", std::string(text),
                    "write for example 10.1.2.3, 10.1.0.0/16 or fd00::/8");
    };
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return bad();
    AddressBlock block;
    block.bytes_ = address->bytes;
    if (slash == std::string_view::npos) return block;

    const std::string_view digits = text.substr(slash + 1);
    int bits = -1;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const int most = address->ipv4 ? 32 : 128;
    if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() || bits < 0 ||
        bits > most)
        return bad();
    block.prefix_bits_ = address->ipv4 ? bits + kMappedPrefixBits : bits;
    return block;
}

bool AddressBlock::contains(std::string_view address) const {
    const auto parsed = parse_address(address);
    if (!parsed) return false;
    const auto whole = static_cast<std::size_t>(prefix_bits_ / 8);
    if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                    parsed->bytes.begin()))
        return false;
    const int rest = prefix_bits_ % 8;
    if (rest == 0) return true;
    const int difference = bytes_[whole] ^ parsed->bytes[whole];
    return (difference >> (8 - rest)) == 0;
}

Result<AssociationPolicy> AssociationPolicy::make(const AssociationPolicyOptions& options) {
    if (!is_ae_title(options.ae_title))
        return fail(ErrorKind::Config, "not an AE title", options.ae_title,
                    "use 1 to 16 printable ASCII characters without a backslash");
    AssociationPolicy policy;
    policy.ae_title_ = trimmed(options.ae_title);
    policy.accept_any_peer_ = options.accept_any_peer;
    for (const AllowedPeer& allowed : options.allowed_peers) {
        if (!is_ae_title(allowed.ae_title))
            return fail(ErrorKind::Config, "not an AE title of an allowed peer", allowed.ae_title,
                        "use 1 to 16 printable ASCII characters without a backslash");
        if (allowed.addresses.empty())
            return fail(ErrorKind::Config, "an allowed peer has no address", allowed.ae_title,
                        "give its address; 0.0.0.0/0 and ::/0 together mean any");
        Peer peer;
        peer.ae_title = trimmed(allowed.ae_title);
        peer.needs_tls = allowed.needs_tls || !allowed.certificate_sha256.empty();
        for (const std::string& text : allowed.certificate_sha256) {
            auto digits = fingerprint_digits(text);
            if (!digits)
                return fail(ErrorKind::Config, "not the SHA-256 of a certificate", text,
                            "use the 64 digits of `openssl x509 -noout -fingerprint -sha256`");
            peer.certificates.push_back(*std::move(digits));
        }
        for (const std::string& text : allowed.addresses) {
            auto block = AddressBlock::parse(text);
            if (!block)
                return fail(ErrorKind::Config, block.error().what, text, block.error().hint);
            peer.blocks.push_back(*block);
        }
        policy.peers_.push_back(std::move(peer));
    }
    return policy;
}

std::optional<Rejection> AssociationPolicy::Peer::check(const AssociationRequest& request) const {
    if (std::ranges::none_of(blocks, [&](const AddressBlock& block) {
            return block.contains(request.peer_address);
        }))
        return kUnknownAddress;
    if (needs_tls && !request.tls) return kTlsNeeded;
    if (!certificates.empty() &&
        std::ranges::find(certificates, request.certificate_sha256) == certificates.end())
        return kOtherCertificate;
    return std::nullopt;
}

std::optional<Rejection> AssociationPolicy::check(const AssociationRequest& request) const {
    if (request.application_context != kDicomApplicationContext) return kUnknownApplicationContext;
    if (trimmed(request.called_ae) != ae_title_) return kUnknownCalledAe;
    if (accept_any_peer_) return std::nullopt;

    const std::string calling_ae = trimmed(request.calling_ae);
    Rejection why = kUnknownCallingAe;
    for (const Peer& peer : peers_) {
        if (peer.ae_title != calling_ae) continue;
        const auto rejection = peer.check(request);
        if (!rejection) return std::nullopt;
        // A reason from an entry for the peer's address says more than that another is for another.
        if (*rejection != kUnknownAddress || why == kUnknownCallingAe) why = *rejection;
    }
    return why;
}

}  // namespace iqt::dicom::net
