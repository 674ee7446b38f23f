// SPDX-License-Identifier: Apache-2.0
// How fast the queue takes instances and hands out jobs. Durable commits, on the disk of TMPDIR.
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>
#include <benchmark/benchmark.h>

#include "pipeline/core/assert.hpp"
#include "pipeline/log/log.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::queue {
namespace {

constexpr std::size_t kObjectBytes = 33'000;  // a 128x128 MR image with its header
constexpr int kFinishedJobs = 100'000;

StoreOptions options_in(const std::filesystem::path& folder) {
    log::set_level("off");
    StoreOptions options;
    options.data_dir = folder;
    options.opener = Opener::Listener;
    options.settle.quiet_ms = 0;
    options.instances_per_series_max = 1'000'000'000;
    return options;
}

ReceivedInstance object(const std::string& series, int k) {
    ReceivedInstance one;
    one.facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
    one.facts.sop_instance_uid = series + "." + std::to_string(k);
    one.facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    one.facts.study_uid = "1.2.826.0.1.3680043.2.1143.1";
    one.facts.series_uid = series;
    one.facts.patient_id = "BENCH";
    one.facts.identity_digest = std::string(64, 'a');
    one.facts.position_lps_mm = Vec3{0, 0, 5.0 * k};
    one.facts.orientation = std::array<double, 6>{1, 0, 0, 0, 1, 0};
    one.object.data.assign(kObjectBytes, static_cast<char>(k));
    one.object.size = kObjectBytes;
    one.calling_ae = "SCANNER";
    one.association_id = series;
    return one;
}

// Thread n sends series of 60 images each over an association of its own.
void accept_objects(benchmark::State& state) {
    static std::unique_ptr<fakes::TempFolder> folder;
    static std::unique_ptr<SqliteStore> store;
    static SystemClock clock;
    if (state.thread_index() == 0) {
        folder = std::make_unique<fakes::TempFolder>();
        auto opened = SqliteStore::open(options_in(folder->path() / "data"), clock);
        IQT_ASSERT(opened.has_value());
        store = *std::move(opened);
    }
    int k = 0;
    for (auto _ : state) {
        const std::string series = "1.2.826.0.1.3680043.2.1143." +
                                   std::to_string(state.thread_index()) + "." +
                                   std::to_string(k / 60);
        const auto receipt = store->accept(object(series, k++));
        IQT_ASSERT(receipt.has_value());
    }
    state.SetItemsProcessed(state.iterations());
    if (state.thread_index() == 0) {
        store.reset();
        folder.reset();
    }
}
BENCHMARK(accept_objects)->Threads(1)->Threads(8)->UseRealTime()->MinTime(3);

// The floor: the same bytes as one BLOB in one durable commit of bare SQLite.
void bare_durable_blob(benchmark::State& state) {
    const fakes::TempFolder folder;
    SQLite::Database database((folder.path() / "bare.sqlite").string(),
                              SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 2000; CREATE TABLE t(data BLOB)");
    SQLite::Statement insert(database, "INSERT INTO t VALUES (?)");
    const std::string bytes(kObjectBytes, 'x');
    for (auto _ : state) {
        insert.bindNoCopy(1, bytes.data(), static_cast<int>(bytes.size()));
        insert.exec();
        insert.reset();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bare_durable_blob)->UseRealTime()->MinTime(3);

/// A data folder with 100,000 delivered jobs, each with its events, instances and deliveries.
class FullStore {
  public:
    FullStore() {
        { IQT_ASSERT(SqliteStore::open(options(), clock).has_value()); }
        SQLite::Database database((options().data_dir / "queue.sqlite").string(),
                                  SQLite::OPEN_READWRITE);
        database.exec("PRAGMA synchronous = OFF; BEGIN");
        database.exec(
            "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT "
            "i + 1 FROM c WHERE i < " +
            std::to_string(kFinishedJobs) + ") SELECT i FROM c");
        database.exec(
            "INSERT INTO series(id, series_uid, study_uid, issuer, patient_id, identity_digest, "
            "series_digest) SELECT i, '1.2.826.0.1.3680043.2.1143.77.' || i, '1.2.3', x'', x'41', "
            "hex(randomblob(32)), hex(randomblob(8)) FROM n;"
            "INSERT INTO jobs(id, series_id, revision, state, priority, instances, activity_boot, "
            "activity_steady_ms, activity_utc_ms, calling_ae, called_ae, peer_address, "
            "summary_json, created_utc_ms, updated_utc_ms) SELECT i, i, 1, 'delivered', 1, 40, "
            "'boot', i, i, 'SCANNER', 'IQTNODE', '192.0.2.1', '{\"noise_sd\":1.5}', i, i FROM n;"
            "INSERT INTO events(job_id, at_utc_ms, event, detail) SELECT i, i, e, 'detail' FROM n, "
            "(SELECT 'receiving' e UNION ALL SELECT 'ready' UNION ALL SELECT 'running' UNION ALL "
            "SELECT 'derived' UNION ALL SELECT 'delivering' UNION ALL SELECT 'delivered');"
            "INSERT INTO instances(series_id, sop_instance_uid, revision, digest, size, "
            "sop_class_uid, transfer_syntax_uid, multi_frame, frames, received_utc_ms, "
            "association, "
            "data) SELECT i, '1.2.826.0.1.3680043.2.1143.77.' || i || '.1', 1, "
            "hex(randomblob(32)), 500, '1.2', '1.2', 1, 36, i, 'a', randomblob(500) FROM n;"
            "INSERT INTO results(id, job_id, kind, series_uid, sop_class_uid, sop_instance_uid, "
            "path, sha256, size, number) SELECT i, i, 'warning', '2.25.' || i, '1.2', "
            "'2.25.1.' || i, 'results/' || i, hex(randomblob(32)), 1, 1 FROM n;"
            "INSERT INTO deliveries(job_id, result_id, destination, kind, state, priority, "
            "attempts, "
            "updated_utc_ms) SELECT i, i, 'PACS', 'warning', 'accepted', 1, 1, i FROM n;");
        database.exec("COMMIT");
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    StoreOptions options() const { return options_in(folder.path() / "data"); }

    fakes::TempFolder folder;
    SystemClock clock;
};

FullStore& full_store() {
    static FullStore store;
    return store;
}

void open_with_100000_jobs(benchmark::State& state) {
    FullStore& full = full_store();
    for (auto _ : state) {
        auto opened = SqliteStore::open(full.options(), full.clock);
        IQT_ASSERT(opened.has_value());
        IQT_ASSERT((*opened)->counts().has_value());
        benchmark::DoNotOptimize(*opened);
    }
}
BENCHMARK(open_with_100000_jobs)->Unit(benchmark::kMillisecond)->UseRealTime();

// Claims with 100,000 finished and a few ready jobs beside; giving back is not timed.
void claim_among_100000_jobs(benchmark::State& state) {
    FullStore& full = full_store();
    auto opened = SqliteStore::open(full.options(), full.clock);
    IQT_ASSERT(opened.has_value());
    SqliteStore& store = **opened;
    for (int n = 0; n < 5; ++n) {
        const std::string series = "1.2.826.0.1.3680043.2.1143.88." + std::to_string(n);
        IQT_ASSERT(store.accept(object(series, 1)).has_value());
        store.association_ended(series, AssociationEnd::Released);
    }
    IQT_ASSERT(store.tick().has_value());
    for (auto _ : state) {
        const auto claim = store.claim("bench", 60'000);
        IQT_ASSERT(claim.has_value() && claim->has_value());
        state.PauseTiming();
        IQT_ASSERT(store.give_back(**claim).has_value());
        state.ResumeTiming();
    }
}
BENCHMARK(claim_among_100000_jobs)->Unit(benchmark::kMillisecond)->UseRealTime();

void tick_among_100000_jobs(benchmark::State& state) {
    FullStore& full = full_store();
    auto opened = SqliteStore::open(full.options(), full.clock);
    IQT_ASSERT(opened.has_value());
    for (auto _ : state) IQT_ASSERT((*opened)->tick().has_value());
}
BENCHMARK(tick_among_100000_jobs)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace iqt::queue

BENCHMARK_MAIN();
