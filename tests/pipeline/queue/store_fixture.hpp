// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/digest/digest.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/pipeline/queue/made_up_instances.hpp"

namespace iqt::queue {

/// The Series Instance UID of results of one kind.
inline std::string series_uid_of(OutputKind kind) {
    return "2.25." + std::to_string(static_cast<int>(kind));
}

class StoreTest : public testing::Test {
  protected:
    StoreTest() {
        options.data_dir = folder.path() / "data";
        options.opener = Opener::Listener;
        options.min_free_bytes = 0;
        options.testing.synchronous = Synchronous::Off;
        options.testing.boot_id = "boot-1";
        options.jitter = [] { return 0.5; };  // in the middle: no spread
        options.content_equal = [](const ObjectBytes& a, const ObjectBytes& b) {
            return Result<bool>(part_of(a, 2) == part_of(b, 2));
        };
        options.pixels_equal = [](const ObjectBytes& a, const ObjectBytes& b) {
            return Result<bool>(part_of(a, 1) == part_of(b, 1));
        };
    }

    void open() {
        store.reset();
        auto opened = SqliteStore::open(options, clock);
        ASSERT_TRUE(opened) << to_string(opened.error());
        store = *std::move(opened);
    }

    void SetUp() override { open(); }

    Receipt accept(ReceivedInstance instance) {
        auto receipt = store->accept(std::move(instance));
        EXPECT_TRUE(receipt) << to_string(receipt.error());
        return receipt.value_or(Receipt{});
    }

    /// Slices 1..count over one association that is released.
    JobId send_series(int count, const Sender& from = {}) {
        Receipt last;
        for (int k = 1; k <= count; ++k) last = accept(slice(k, from));
        store->association_ended(from.association, AssociationEnd::Released);
        return last.job;
    }

    JobStore::Tick tick() {
        auto done = store->tick();
        EXPECT_TRUE(done) << to_string(done.error());
        return done.value_or(JobStore::Tick{});
    }

    /// A settled, ready job.
    JobId ready_job(const Sender& from = {}) {
        const JobId job = send_series(3, from);
        clock.advance(options.settle.quiet_ms);
        tick();
        return job;
    }

    Claim claim(std::int64_t lease_ms = 30'000, const std::string& worker = "w1") {
        auto claimed = store->claim(worker, lease_ms);
        EXPECT_TRUE(claimed && *claimed);
        return claimed && *claimed ? **claimed : Claim{};
    }

    JobDetail show(JobId id) {
        auto detail = store->show(id);
        EXPECT_TRUE(detail) << to_string(detail.error());
        return detail.value_or(JobDetail{});
    }
    JobState state(JobId id) { return show(id).job.state; }

    /// A result file on disk and its row.
    ResultFile result(OutputKind kind, int number, const std::string& tag = "r") {
        ResultFile file;
        file.kind = kind;
        file.series_uid = series_uid_of(kind);
        file.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
        file.sop_instance_uid = file.series_uid + "." + tag + std::to_string(number);
        file.path = "results/" + file.sop_instance_uid;
        file.number = number;
        std::filesystem::create_directories(options.data_dir / "results");
        std::ofstream(options.data_dir / file.path) << file.sop_instance_uid;
        file.size = file.sop_instance_uid.size();
        file.sha256 = digest::sha256_hex(file.sop_instance_uid);
        return file;
    }

    /// Two warning and two enhanced images.
    DerivedRecord record_for(const std::vector<std::string>& destinations,
                             const std::string& tag = "r") {
        DerivedRecord record;
        for (const OutputKind kind : {OutputKind::Enhanced, OutputKind::Warning})
            for (int number : {1, 2}) record.files.push_back(result(kind, number, tag));
        record.destinations = destinations;
        record.route = "all";
        record.model_id = "cubic";
        record.summary_json = "{}";
        return record;
    }

    JobId derived_job(const std::vector<std::string>& destinations, const Sender& from = {}) {
        const JobId job = ready_job(from);
        const Status finished = store->finish_derived(claim(), record_for(destinations));
        EXPECT_TRUE(finished) << to_string(finished.error());
        return job;
    }

    std::optional<DeliveryStore::Batch> due(const std::string& destination) {
        auto batch = store->due(destination);
        EXPECT_TRUE(batch) << to_string(batch.error());
        return batch.value_or(std::nullopt);
    }

    std::vector<OutgoingInstance> due_now(const std::string& destination) {
        auto batch = due(destination);
        return batch ? std::move(batch->instances) : std::vector<OutgoingInstance>{};
    }

    void record(std::int64_t delivery, SendResult result, std::uint16_t status = 0,
                const std::string& message = "") {
        const Status recorded = store->record({delivery, result, status, message});
        EXPECT_TRUE(recorded) << to_string(recorded.error());
    }

    /// Sends all that is due to a destination, with one result; returns how many objects.
    int send_all(const std::string& destination, SendResult result) {
        int sent = 0;
        while (const auto batch = due(destination))
            for (const OutgoingInstance& one : batch->instances) {
                record(one.delivery_id, result, result == SendResult::Accepted ? 0 : 0xc000);
                ++sent;
            }
        return sent;
    }

    /// Contents of the objects that a claim works on, sorted.
    std::vector<std::string> objects(const Claim& claim) {
        auto snapshot = store->snapshot(claim);
        EXPECT_TRUE(snapshot) << to_string(snapshot.error());
        std::vector<std::string> contents;
        if (snapshot)
            for (const ObjectBytes& one : snapshot->objects) contents.push_back(one.data);
        std::sort(contents.begin(), contents.end());
        return contents;
    }

    fakes::TempFolder folder;
    fakes::ManualClock clock;
    StoreOptions options;
    std::unique_ptr<SqliteStore> store;
};

}  // namespace iqt::queue
