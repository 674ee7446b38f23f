// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>

#include "dicom/net/tls.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::dicom::net {

/// The sender: Storage SCU and Verification SCU, one association per call. Beside the keys for TLS
/// it keeps nothing; safe from any thread. Addresses are IPv4 or names that have one.
///
/// An association that does not come about is always transient, also where the peer rejects it for
/// good (an unknown AE title, say): that is cured by a person at either end and must not spend the
/// series' last chance. The message says so.
///
/// Source: PS3.4 annex B (Storage), PS3.7 9.1.1 and 9.1.5, PS3.5 10.1 (transfer syntaxes to offer),
/// PS3.15 B.10 (TLS).
class StoreScu final : public Deliverer {
  public:
    /// Reads what TLS needs towards the destinations of this name, for associations from now on. On
    /// an error what was read before stays in use. Errors: Config, naming the file.
    Status use_tls(const std::string& destination, const TlsFiles& files);

    /// Proposes one context per SOP class among `instances` with Explicit and Implicit VR Little
    /// Endian. A file goes out in its own transfer syntax where that was accepted, else in the
    /// other uncompressed one; compressed files are not decoded. A file that is not the one of its
    /// digest is not sent: that outcome is permanent. `stop` is looked at before each
    /// instance; what was not sent is reported as transient. A lost connection ends the call: it
    /// makes the rest transient.
    void send(const Destination& destination, std::span<const OutgoingInstance> instances,
              std::stop_token stop, const std::function<void(const SendOutcome&)>& report) override;

    /// C-ECHO. Errors: Unavailable (nobody there, rejected for now), Refused (rejected for good, a
    /// certificate that one end does not accept, Verification not accepted, or a failure status),
    /// Timeout, Config (a destination with TLS without `use_tls`).
    Status echo(const Destination& destination) override;

  private:
    std::shared_ptr<const TlsContext> tls_for(const Destination& destination);
    void send_or_throw(const Destination& destination, std::span<const OutgoingInstance> instances,
                       const std::stop_token& stop, std::size_t& reported,
                       const std::function<void(const SendOutcome&)>& report);

    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const TlsContext>> tls_;  // guarded by mutex_
};

}  // namespace iqt::dicom::net
