// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/result.hpp"

/// The network half of the DICOM room: listener, sender and what they decide by.
namespace iqt::dicom::net {

/// A modality or archive that may open associations.
struct AllowedPeer {
    std::string ae_title;                ///< calling AE title, compared case-sensitively
    std::vector<std::string> addresses;  ///< addresses or CIDR blocks, IPv4 or IPv6; at least one
    bool needs_tls = false;
    /// SHA-256 of the certificates it may show, hexadecimal with or without colons; empty: any that
    /// TLS has accepted. Not empty implies `needs_tls`.
    std::vector<std::string> certificate_sha256 = {};
};

struct AssociationPolicyOptions {
    std::string ae_title = "IQTNODE";  ///< the called AE title that is answered to
    std::vector<AllowedPeer> allowed_peers;
    bool accept_any_peer = false;  ///< any calling AE title from any address
};

/// What an A-ASSOCIATE-RQ says, as far as accepting it depends on that.
struct AssociationRequest {
    std::string called_ae, calling_ae;
    std::string peer_address;  ///< numeric, as the socket reports it
    std::string application_context;
    bool tls = false;
    std::string certificate_sha256 = {};  ///< 64 lower-case digits; empty: no certificate came
};

/// Result of an A-ASSOCIATE-RJ. Source: PS3.8 table 9-21.
enum class RejectResult : std::uint8_t { Permanent = 1, Transient = 2 };
/// Source of an A-ASSOCIATE-RJ. Source: PS3.8 table 9-21.
enum class RejectSource : std::uint8_t { User = 1, ProviderAcse = 2, ProviderPresentation = 3 };

/// The three values of an A-ASSOCIATE-RJ and the words for the log.
struct Rejection {
    RejectResult result = RejectResult::Permanent;
    RejectSource source = RejectSource::User;
    std::uint8_t reason = 1;  ///< its meaning depends on `source`
    std::string_view why;

    friend bool operator==(const Rejection&, const Rejection&) = default;
};

// The rejections this node gives. Source: PS3.8 table 9-21.
inline constexpr Rejection kUnknownApplicationContext{RejectResult::Permanent, RejectSource::User,
                                                      2, "application context name not supported"};
inline constexpr Rejection kUnknownCallingAe{RejectResult::Permanent, RejectSource::User, 3,
                                             "calling AE title not recognized"};
inline constexpr Rejection kUnknownAddress{RejectResult::Permanent, RejectSource::User, 3,
                                           "calling AE title not allowed from this address"};
inline constexpr Rejection kTlsNeeded{RejectResult::Permanent, RejectSource::User, 3,
                                      "calling AE title not allowed without TLS"};
inline constexpr Rejection kOtherCertificate{
    RejectResult::Permanent, RejectSource::User, 3,
    "the certificate is none of those of this calling AE title"};
inline constexpr Rejection kUnknownCalledAe{RejectResult::Permanent, RejectSource::User, 7,
                                            "called AE title not recognized"};
inline constexpr Rejection kTooManyAssociations{
    RejectResult::Transient, RejectSource::ProviderPresentation, 2, "local limit exceeded"};

/// A block of addresses. IPv4 is held as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), so that a peer
/// matches whether a dual-stack socket or an IPv4 socket took its connection.
class AddressBlock {
  public:
    /// From "10.1.2.3", "10.1.0.0/16", "fd00::/8", "::ffff:10.0.0.0/104". Bits after the prefix are
    /// ignored. Errors: InvalidInput.
    static Result<AddressBlock> parse(std::string_view text);
    /// False also where `address` is no numeric address. A zone ("%eth0") is ignored.
    bool contains(std::string_view address) const;

  private:
    std::array<std::uint8_t, 16> bytes_{};
    int prefix_bits_ = 128;
};

/// Decides who may open an association. Immutable; safe from any thread.
class AssociationPolicy {
  public:
    /// Errors: Config for an AE title or address that cannot be used, naming it.
    static Result<AssociationPolicy> make(const AssociationPolicyOptions& options);
    /// Why this request is rejected; nothing when it is accepted. The called AE title is looked at
    /// before the caller, so that a wrong one never tells whether the caller is known.
    std::optional<Rejection> check(const AssociationRequest& request) const;

  private:
    struct Peer {
        std::string ae_title;
        std::vector<AddressBlock> blocks;
        bool needs_tls = false;
        std::vector<std::string> certificates;  ///< as in AssociationRequest
        /// Why this entry does not admit the request; nothing where it does.
        std::optional<Rejection> check(const AssociationRequest& request) const;
    };
    std::string ae_title_;
    std::vector<Peer> peers_;
    bool accept_any_peer_ = false;
};

}  // namespace iqt::dicom::net
