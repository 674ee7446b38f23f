// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <cstdint>
#include <string>

#include "dicom/net/association_policy.hpp"
#include "dicom/net/network.hpp"
#include "dicom/net/scp_association.hpp"
#include "dicom/net/store_scp.hpp"

namespace iqt::dicom::net {

/// What one association has brought so far.
struct StoreTotals {
    std::uint64_t stored = 0, refused = 0, bytes = 0;
    std::uint64_t last_object_bytes = 0;  ///< a guess at the size of the next one
};

/// Where a C-STORE request comes from and where its object goes.
struct StoreOrigin {
    const StoreScpOptions& options;
    InstanceSink& sink;
    T_ASC_Association& association;
    const AssociationRequest& peer;
    const std::string& association_id;
    StoreTotals& totals;
    Watch& watch;
};

/// Takes the data set of one C-STORE-RQ, gives it to the sink and sends the response. Success means
/// that a response was sent, whatever its status. Errors, after which the association has to be
/// aborted: those of `read_data_set`, and Unavailable where the response could not be sent.
Status answer_store(const StoreOrigin& origin, T_ASC_PresentationContextID context,
                    const T_DIMSE_C_StoreRQ& request);

}  // namespace iqt::dicom::net
