// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "dicom/net/association_policy.hpp"
#include "dicom/net/object_receiver.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom::net {

struct StoreScpOptions {
    AssociationPolicyOptions policy;
    std::string address = "0.0.0.0";  ///< numeric; "::" takes IPv6 and IPv4
    int port = 11112;                 ///< 0: any free one
    int max_associations = 16;        ///< at the same time; one more is rejected, transiently
    int max_pdu_bytes = 131072;       ///< 4096 to 131072: what the peer may put into one PDU
    ObjectLimits object;
    int acse_timeout_s = 30;     ///< for the association request
    int dimse_timeout_s = 120;   ///< for the next command or the next part of a data set
    int object_timeout_s = 900;  ///< for one whole object
    int socket_timeout_s = 60;   ///< for one read or write without any progress
    int drain_s = 10;            ///< after stop, before associations are aborted
};

/// The listener: Verification and Storage SCP in front of an InstanceSink. A C-STORE is answered
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
/// Source: PS3.4 annex B (Storage), annex A (Verification), PS3.7 9.1.1 and 9.1.5, PS3.8 9.
class StoreScp {
  public:
    /// `sink` outlives this object.
    StoreScp(StoreScpOptions options, InstanceSink& sink);
    ~StoreScp();

    /// Binds address and port, checks the options. Errors: Config, Io, Internal; each names the
    /// setting. Once.
    Status listen();
    /// The real port after `listen`; whoever starts `run` logs it, when the node is ready.
    int port() const;
    /// Serves until stop is requested, then lets running associations finish for `drain_s` and
    /// aborts the rest. Returns when no thread of it is left. After `listen`, once.
    void run(std::stop_token stop);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace iqt::dicom::net
