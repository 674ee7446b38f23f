// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <stop_token>

#include "pipeline/core/ports.hpp"

namespace iqt::dicom::net {

/// The sender: Storage SCU and Verification SCU, one association per call. Stateless; safe from any
/// thread. Addresses are IPv4 or names that have one.
///
/// An association that does not come about is always transient, also where the peer rejects it for
/// good (an unknown AE title, say): that is cured by a person at either end and must not spend the
/// series' last chance. The message says so.
///
/// Source: PS3.4 annex B (Storage), PS3.7 9.1.1 and 9.1.5, PS3.5 10.1 (transfer syntaxes to offer).
class StoreScu final : public Deliverer {
  public:
    /// Proposes one context per SOP class among `instances` with Explicit and Implicit VR Little
    /// Endian. A file goes out in its own transfer syntax where that was accepted, else in the
    /// other uncompressed one; compressed files are not decoded. A file that is not the one of its
    /// digest is not sent: that outcome is permanent. `stop` is looked at before each
    /// instance; what was not sent is reported as transient. A lost connection ends the call: it
    /// makes the rest transient.
    void send(const Destination& destination, std::span<const OutgoingInstance> instances,
              std::stop_token stop, const std::function<void(const SendOutcome&)>& report) override;

    /// C-ECHO. Errors: Unavailable (nobody there, rejected for now), Refused (rejected for good,
    /// Verification not accepted, or a failure status), Timeout.
    Status echo(const Destination& destination) override;
};

}  // namespace iqt::dicom::net
