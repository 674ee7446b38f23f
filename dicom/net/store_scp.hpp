// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "dicom/net/association_policy.hpp"
#include "dicom/net/object_receiver.hpp"
#include "dicom/net/tls.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom::net {

/// A second port, or the only one, on which nothing but TLS is spoken.
struct TlsPortOptions {
    int port = 2762;  ///< 0: any free one
    TlsFiles files;
    bool require_certificate = true;  ///< of the peer; one that comes is checked in any case
};

struct StoreScpOptions {
    AssociationPolicyOptions policy;
    std::string address = "0.0.0.0";  ///< numeric; "::" takes IPv6 and IPv4
    std::optional<int> port = 11112;  ///< without TLS; 0: any free one; nothing: not at all
    std::optional<TlsPortOptions> tls = {};
    int max_associations = 16;   ///< at the same time; one more is rejected, transiently
    int max_pdu_bytes = 131072;  ///< 4096 to 131072: what the peer may put into one PDU
    ObjectLimits object;
    int acse_timeout_s = 30;     ///< for TLS handshake and association request together
    int dimse_timeout_s = 120;   ///< for the next command or the next part of a data set
    int object_timeout_s = 900;  ///< for one whole object
    int socket_timeout_s = 60;   ///< for one read or write without any progress
    int drain_s = 10;            ///< after stop, before associations are aborted
};

/// The listener: Verification and Storage SCP in front of an InstanceSink, with TLS, without, or
/// both on a port each. A handshake that fails costs its own connection only. A C-STORE is answered
/// 0000 only after `sink.accept` has returned; every error is answered by `status_table()`.
///
/// An object for which there is no room, or that is over `object.object_bytes_max`, is read to its
/// end and dropped, however long it is, then answered with its status; only one that has not ended
/// after `object_timeout_s` costs the association. Of an object that breaks off the sink hears
/// which series it was of, where that had come already. One thread accepts, each connection has a
/// thread; what ends them all is bounded: associations by `max_associations`, connections that are
/// not yet associations by another 16 (further ones are closed at once). Large objects are written
/// to `object.spill_dir`, durably, and belong to the sink as soon as `accept` has succeeded; where
/// it failed the file is removed here.
///
/// Source: PS3.4 annex B (Storage), annex A (Verification), PS3.7 9.1.1 and 9.1.5, PS3.8 9, PS3.15
/// B.10 (TLS).
class StoreScp {
  public:
    /// `sink` outlives this object.
    StoreScp(StoreScpOptions options, InstanceSink& sink);
    ~StoreScp();

    /// Binds address and ports, checks the options, reads certificates and keys. Errors: Config,
    /// Io, Internal; each names the setting. Once.
    Status listen();
    /// The real ports after `listen`; whoever starts `run` logs them, when the node is ready.
    std::optional<int> port() const, tls_port() const;
    /// Who is let in from now on, and by which certificates, which are read again. Associations
    /// that have begun keep what they began with. Without a TLS port `files` has no effect. On an
    /// error everything stays as it was. Errors: Config. After `listen`, from any thread.
    Status admit(const AssociationPolicyOptions& policy, const TlsFiles& files);
    /// Serves until stop is requested, then lets running associations finish for `drain_s` and
    /// aborts the rest. Returns when no thread of it is left. After `listen`, once.
    void run(std::stop_token stop);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace iqt::dicom::net
