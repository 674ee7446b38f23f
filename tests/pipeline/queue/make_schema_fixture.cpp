// SPDX-License-Identifier: Apache-2.0
// Writes a database with a job in every state into a new folder: the fixture that later versions
// must be able to upgrade. Usage: make_schema_fixture FOLDER. The committed files are made once per
// schema version (tests/fixtures/schema_N.sqlite is FOLDER/queue.sqlite) and never made again.
#include <cstdio>
#include <fstream>

#include "pipeline/core/assert.hpp"
#include "pipeline/digest/digest.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/pipeline/queue/jobs_in_every_state.hpp"

namespace iqt::queue {
namespace {

ReceivedInstance synthetic_slice(const std::string& series, int k) {
    ReceivedInstance one;
    one.facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
    one.facts.sop_instance_uid = series + "." + std::to_string(k);
    one.facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    one.facts.study_uid = "1.2.826.0.1.3680043.2.1143";
    one.facts.series_uid = series;
    one.facts.patient_id = "SYNTHETIC";
    one.facts.identity_digest = digest::sha256_hex("synthetic");
    one.facts.position_lps_mm = Vec3{-90, -110, 5.0 * k};
    one.facts.orientation = std::array<double, 6>{1, 0, 0, 0, 1, 0};
    one.object.data = "synthetic object " + one.facts.sop_instance_uid;
    one.object.size = one.object.data.size();
    one.calling_ae = "SCANNER";
    one.called_ae = "IQTNODE";
    one.peer_address = "192.0.2.1";
    one.association_id = series;
    return one;
}

class Maker {
  public:
    explicit Maker(const std::filesystem::path& folder) {
        options_.data_dir = folder;
        options_.opener = Opener::Listener;
        options_.testing.boot_id = kFixtureBoot;
        options_.jitter = [] { return 0.5; };
        options_.work_retry.first_ms = options_.work_retry.max_ms;  // stays failed meanwhile
        auto opened = SqliteStore::open(options_, clock_);
        IQT_ASSERT(opened.has_value());
        store_ = *std::move(opened);
    }

    void make_all() {
        for (const JobState state :
             {JobState::Delivered, JobState::Delivering, JobState::Derived, JobState::Declined,
              JobState::Dead, JobState::Failed, JobState::Cancelled, JobState::Running})
            make(state);
        make(JobState::Ready);
        make(JobState::Held);
        receive(JobState::Receiving);
        store_->association_ended(fixture_series(JobState::Receiving), AssociationEnd::Released);
    }

  private:
    JobId receive(JobState state) {
        JobId job{};
        for (int k = 1; k <= 3; ++k) {
            const auto receipt = store_->accept(synthetic_slice(fixture_series(state), k));
            IQT_ASSERT(receipt.has_value());
            job = receipt->job;
        }
        return job;
    }

    DerivedRecord record(JobState state) {
        DerivedRecord record;
        for (const OutputKind kind : {OutputKind::Warning, OutputKind::Enhanced}) {
            ResultFile file;
            file.kind = kind;
            file.series_uid =
                fixture_series(state) + ".9." + std::to_string(static_cast<int>(kind));
            file.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
            file.sop_instance_uid = file.series_uid + ".1";
            file.path = "results/" + file.sop_instance_uid;
            std::filesystem::create_directories(options_.data_dir / "results");
            std::ofstream(options_.data_dir / file.path) << "synthetic result";
            file.size = 16;
            file.sha256 = digest::sha256_hex("synthetic result");
            record.files.push_back(file);
        }
        record.destinations = {kFixtureDestination};
        record.route = "all";
        record.model_id = "cubic";
        record.model_digest = digest::sha256_hex("cubic");
        record.summary_json = R"({"uncertain_ml":1.5})";
        return record;
    }

    void send(JobState state) {
        while (true) {
            const auto batch = store_->due(kFixtureDestination);
            IQT_ASSERT(batch.has_value());
            if (!*batch) return;
            for (const OutgoingInstance& one : (*batch)->instances) {
                const bool accepted = state == JobState::Delivered;
                IQT_ASSERT(store_->record({one.delivery_id,
                                           accepted ? SendResult::Accepted : SendResult::Transient,
                                           0, accepted ? "" : "no answer"}));
            }
        }
    }

    void make(JobState state) {
        const JobId job = receive(state);
        store_->association_ended(fixture_series(state), state == JobState::Held
                                                             ? AssociationEnd::Aborted
                                                             : AssociationEnd::Released);
        clock_.advance(options_.settle.quiet_ms);
        IQT_ASSERT(store_->tick());
        if (state == JobState::Held || state == JobState::Ready) return;
        const auto claim = store_->claim("fixture-worker", 3'600'000);
        IQT_ASSERT(claim && *claim && (*claim)->job == job);
        if (state == JobState::Declined)
            IQT_ASSERT(store_->finish_declined(**claim, {"fewer than 8 slices"}, {}));
        if (state == JobState::Failed)
            IQT_ASSERT(store_->finish_failed(**claim,
                                             {ErrorKind::OutOfResources, "out of memory", {}, {}}));
        if (state == JobState::Dead)
            IQT_ASSERT(
                store_->finish_failed(**claim, {ErrorKind::InvalidInput, "no pixels", {}, {}}));
        if (state == JobState::Cancelled) IQT_ASSERT(store_->cancel(job));
        if (state != JobState::Derived && state != JobState::Delivering &&
            state != JobState::Delivered)
            return;
        IQT_ASSERT(store_->finish_derived(**claim, record(state)));
        if (state != JobState::Derived) send(state);
    }

    StoreOptions options_;
    fakes::ManualClock clock_;
    std::unique_ptr<SqliteStore> store_;
};

}  // namespace
}  // namespace iqt::queue

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_schema_fixture FOLDER\n");
        return 2;
    }
    iqt::queue::Maker(argv[1]).make_all();
    return 0;
}
