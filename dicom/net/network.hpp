// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <memory>
#include <string>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include "dicom/net/socket.hpp"
#include "dicom/net/tls.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom::net {

/// Sets what DCMTK keeps per process (no reverse look-up of peers, no SIGPIPE). Safe to repeat.
void start_network();

/// A DCMTK condition as an Error: Timeout, Refused or Unavailable (association rejected for good or
/// for now), Unavailable (nobody there, connection lost), else Internal.
Error error_from(const OFCondition& condition, std::string where = {});

struct DropNetwork {
    void operator()(T_ASC_Network* network) const { ASC_dropNetwork(&network); }
};
using NetworkPtr = std::unique_ptr<T_ASC_Network, DropNetwork>;

/// Closes the transport of an association that is still open, and frees it.
struct DestroyAssociation {
    void operator()(T_ASC_Association* association) const { ASC_destroyAssociation(&association); }
};
using AssociationPtr = std::unique_ptr<T_ASC_Association, DestroyAssociation>;

/// How long a peer may take to close the connection after the last PDU of ours.
inline constexpr int kCloseTimeout_s = 5;

/// Time limits of one association, in seconds.
struct NetworkTimes {
    int acse_s = 30;    ///< association request; also for the TLS handshake before it
    int socket_s = 60;  ///< one read or write of the socket that makes no progress
};

/// The acceptor's side of DCMTK for sockets that were taken by ourselves. Immutable once open;
/// `receive` is safe from any thread.
class AcceptorNetwork {
  public:
    /// `listener` stays the caller's; DCMTK gets a duplicate in place of the socket that it would
    /// open by itself on all addresses. Errors: Io, Internal.
    static Result<AcceptorNetwork> open(const Listener& listener, NetworkTimes times);

    /// Reads the A-ASSOCIATE-RQ of a new connection, for at most `times.acse_s`; where `tls` is
    /// given, which outlives the call, after a handshake with at most as long. The socket is closed
    /// on every error. Errors of TLS have `kTlsHandshake` as their place.
    Result<AssociationPtr> receive(UniqueFd socket, long max_pdu_bytes,
                                   const TlsContext* tls = nullptr) const;

  private:
    NetworkPtr network_;
    NetworkTimes times_;
};

/// The requestor's side, for associations without TLS (where `tls` is empty) or with it alone.
/// Connections of both sides send and acknowledge without delay, and their reads and writes are
/// bounded.
Result<NetworkPtr> open_requestor(NetworkTimes times,
                                  std::shared_ptr<const TlsContext> tls = nullptr);

/// SHA-256 of the certificate that the peer has shown, 64 lower-case hexadecimal digits of its DER
/// form; empty without one.
std::string peer_certificate_sha256(T_ASC_Association& association);

}  // namespace iqt::dicom::net
