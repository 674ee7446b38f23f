// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/core/result.hpp"

class DcmTransportConnection;  // DCMTK's; only this folder knows what it is

namespace iqt::dicom::net {

/// PEM files that TLS works with.
struct TlsFiles {
    std::filesystem::path certificate, private_key;  ///< both; a sender may do without
    std::filesystem::path trusted;  ///< file of certificates, or folder of *.pem and *.crt
    std::filesystem::path crl;      ///< revocation lists; empty: revocation is not checked

    friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// The files that `trusted` stands for: itself, or of a folder its *.pem and *.crt by name.
/// OpenSSL's own folders want names made of hashes and trust nobody, in silence, where they are
/// missing.
std::vector<std::filesystem::path> trusted_files(const std::filesystem::path& trusted);

/// Which end of a connection, and whether it goes on where the peer shows no certificate. A
/// listener always shows its own, so a sender always checks one.
enum class TlsSide { Listener, ListenerOfAnybody, Sender };

/// One set of keys and certificates, as it was when it was read: the non-downgrading BCP 195
/// profile, TLS 1.2 and 1.3 only, keys and signatures worth 112 bits or more, neither session
/// resumption nor renegotiation. A certificate that the peer shows has to be one of `trusted` or be
/// signed by one, be in date and serve its purpose; its names are not looked at. Where there is a
/// revocation list each peer's authority must have one that is in date. Immutable; safe from any
/// thread; connections outlive it. Source: PS3.15 B.10, RFC 7525.
class TlsContext {
  public:
    /// Reads the files. `trusted` may be empty for ListenerOfAnybody alone. Errors: Config, naming
    /// the file.
    static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files, TlsSide side);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// A connection that owns `socket`; its handshake takes at most `handshake_s` in all, however
    /// the peer dawdles. Nothing where the library has no memory; the socket is the caller's then.
    DcmTransportConnection* connect(int socket, int handshake_s) const;

  private:
    struct State;
    explicit TlsContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// `where` of what `take_tls_fault` gives.
inline constexpr const char* kTlsHandshake = "TLS handshake";

/// Why the last TLS connection that this thread was busy with came to nothing, as far as TLS was
/// the reason; taking it forgets it. DCMTK passes on only that there was a fault. Kinds: Refused (a
/// certificate or protocol that one end does not take), Timeout, Unavailable (peer gone).
std::optional<Error> take_tls_fault();

}  // namespace iqt::dicom::net
