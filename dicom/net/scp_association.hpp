// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside this folder only: shows DCMTK.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "dicom/net/network.hpp"
#include "dicom/net/store_scp.hpp"

namespace iqt::dicom::net {

/// Who is let in; replaced as a whole while the listener runs.
struct Admission {
    AssociationPolicy policy;
    std::shared_ptr<const TlsContext> tls;  ///< nothing without a TLS port
};

/// What all associations of one listener share.
struct ScpShared {
    const StoreScpOptions& options;
    const AcceptorNetwork& network;
    InstanceSink& sink;
    std::atomic<int> associations = 0;  ///< accepted ones that have not ended
};

/// Until when one connection has to get on. DCMTK's own limits end once a PDU has begun to arrive,
/// so the listener's thread looks at this and cuts what is overdue. Safe from any thread.
class Watch {
  public:
    using Clock = std::chrono::steady_clock;
    void expect_within(int seconds) { due_ = (Clock::now() + std::chrono::seconds(seconds)); }
    void rest() { due_ = Clock::time_point::max(); }
    bool overdue() const { return Clock::now() > due_.load(); }

  private:
    std::atomic<Clock::time_point> due_ = Clock::time_point::max();
};

/// One connection from its request to its end, on the calling thread. Throws nothing.
/// `id` is unique in this process; `admission` is what holds when it comes.
void serve_connection(ScpShared& shared, const Admission& admission, Connection connection,
                      const std::string& id, Watch& watch) noexcept;

}  // namespace iqt::dicom::net
