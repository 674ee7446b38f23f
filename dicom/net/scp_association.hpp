// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <atomic>
#include <cstdint>
#include <string>

#include "dicom/net/network.hpp"
#include "dicom/net/store_scp.hpp"

namespace iqt::dicom::net {

/// What all associations of one listener share.
struct ScpShared {
    const StoreScpOptions& options;
    const AssociationPolicy& policy;
    const AcceptorNetwork& network;
    InstanceSink& sink;
    std::atomic<int> associations = 0;  ///< accepted ones that have not ended
};

/// One connection from its request to its end, on the calling thread. Throws nothing.
/// `id` is unique in this process.
void serve_connection(ScpShared& shared, Connection connection, const std::string& id) noexcept;

}  // namespace iqt::dicom::net
