// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <span>
#include <string>

#include "dicom/net/network.hpp"
#include "pipeline/core/delivery.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::dicom::net {

/// An association that was opened by us. Aborted on destruction unless it was released.
class Requestor {
  public:
    /// Proposes one context per SOP class, each with `proposed_transfer_syntaxes()`; at most 128.
    /// `tls` is given where the destination is one with TLS. Errors: Unavailable, Timeout; Refused
    /// where the peer rejects the association for good, or one end the certificate of the other.
    static Result<Requestor> open(const Destination& destination,
                                  std::span<const std::string> sop_classes,
                                  std::shared_ptr<const TlsContext> tls = nullptr);

    Requestor(Requestor&&) = default;
    Requestor& operator=(Requestor&&) = delete;
    ~Requestor();

    T_ASC_Association* get() const { return association_.get(); }
    void release();

  private:
    Requestor(NetworkPtr network, AssociationPtr association)
        : network_(std::move(network)), association_(std::move(association)) {}

    NetworkPtr network_;  // outlives the association
    AssociationPtr association_;
};

/// "NAME (AETITLE at address:port)" for messages.
std::string describe(const Destination& destination);

}  // namespace iqt::dicom::net
