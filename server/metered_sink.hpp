// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "pipeline/core/ports.hpp"
#include "server/metrics.hpp"

namespace iqt::server {

/// Counts what goes through an InstanceSink. Safe from any thread.
class MeteredSink final : public InstanceSink {
  public:
    MeteredSink(InstanceSink& sink, Metrics& metrics) : sink_(sink), metrics_(metrics) {}

    Status admit(std::uint64_t size_bytes) override {
        Status admitted = sink_.admit(size_bytes);
        if (!admitted) metrics_.instance_refused(admitted.error().kind);
        return admitted;
    }

    Result<Receipt> accept(ReceivedInstance instance) override {
        const std::uint64_t bytes = instance.object.size;
        auto receipt = sink_.accept(std::move(instance));
        if (receipt)
            metrics_.instance_received(
                bytes, receipt->duplicate ? Metrics::Kept::Duplicate : Metrics::Kept::New);
        else
            metrics_.instance_refused(receipt.error().kind);
        return receipt;
    }

    void object_cut_off(std::string_view association_id, std::string_view series_uid) override {
        sink_.object_cut_off(association_id, series_uid);
    }

    void association_ended(std::string_view association_id, AssociationEnd how) override {
        metrics_.association_ended(how);
        sink_.association_ended(association_id, how);
    }

    void connection_refused(ConnectionRefusal why) override {
        metrics_.connection_refused(why);
        sink_.connection_refused(why);
    }

  private:
    InstanceSink& sink_;
    Metrics& metrics_;
};

}  // namespace iqt::server
