// SPDX-License-Identifier: Apache-2.0
#include "pipeline/worker/worker.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include <gtest/gtest.h>

#include "pipeline/digest/digest.hpp"
#include "pipeline/worker/result_files.hpp"
#include "tests/fakes/counting_encoder.hpp"
#include "tests/fakes/cubic_like_enhancer.hpp"
#include "tests/fakes/head_phantom.hpp"
#include "tests/fakes/scripted_job_store.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::worker {
namespace {

class FixedReader final : public SeriesReader {
  public:
    Result<SourceSeries> read(const SeriesSnapshot&) const override {
        if (fails_with) return fail(*fails_with);
        SourceSeries source =
            fakes::eligible_series(fakes::head_phantom({24, 28, 9}, {2, 2, 5}, 10));
        source.facts.localizer = localizer;
        return source;
    }
    Result<SourceSeries> read_header(const ObjectBytes&) const override {
        ADD_FAILURE() << "a job needs the whole series";
        return fail(ErrorKind::Internal, "not for use");
    }
    std::optional<Error> fails_with;
    bool localizer = false;
};

/// Runs `work` before it enhances; gives up, as a model does, when it is asked to stop by then.
class SlowEnhancer final : public Enhancer {
  public:
    explicit SlowEnhancer(std::function<void(std::stop_token)> work) : work_(std::move(work)) {}
    const ModelInfo& info() const override { return quick_.info(); }
    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        work_(request.stop);
        stopped = request.stop.stop_requested();
        if (stopped) return fail(ErrorKind::Cancelled, "stopped");
        return quick_.enhance(source, request);
    }
    bool stopped = false;

  private:
    std::function<void(std::stop_token)> work_;
    fakes::CubicLikeEnhancer quick_;
};

stages::Planner plan_with(Enhancer& enhancer) {
    return [&enhancer](const SourceSeries&) -> Result<stages::Plan> {
        stages::Plan plan;
        plan.route = "all";
        plan.enhancer = &enhancer;
        plan.destinations = {"pacs"};
        return plan;
    };
}

struct Bench {
    fakes::TempFolder folder;
    fakes::ScriptedJobStore jobs;
    FixedReader reader;
    fakes::CountingEncoder encoder;
    fakes::CubicLikeEnhancer enhancer;
    Worker worker{
        {.name = "w1", .data_dir = folder.path()}, jobs, reader, encoder, plan_with(enhancer)};
};

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Worker, NoJobMeansNothingToDo) {
    Bench bench;
    EXPECT_EQ(*bench.worker.work_once({}), false);
}

TEST(Worker, ResultsAreOnDiskBeforeTheRowNamesThem) {
    Bench bench;
    bench.jobs.ready(JobId{5});
    EXPECT_EQ(*bench.worker.work_once({}), true);
    ASSERT_EQ(bench.jobs.derived.size(), 1U);
    const queue::DerivedRecord& record = bench.jobs.derived[0];
    EXPECT_EQ(record.destinations, std::vector<std::string>{"pacs"});
    EXPECT_EQ(record.model_id, "fake");
    ASSERT_EQ(record.files.size(), 90U);
    for (const queue::ResultFile& file : record.files) {
        const std::string bytes = bytes_of(bench.folder.path() / file.path);
        EXPECT_EQ(bytes.size(), file.size);
        EXPECT_EQ(digest::sha256_hex(bytes), file.sha256);
    }
}

TEST(Worker, DeclinedSeriesIsFinishedWithItsReasons) {
    Bench bench;
    bench.reader.localizer = true;
    bench.jobs.ready(JobId{5});
    EXPECT_TRUE(bench.worker.work_once({}).has_value());
    ASSERT_EQ(bench.jobs.declined.size(), 1U);
    EXPECT_NE(bench.jobs.declined[0].front().find("localizer"), std::string::npos);
}

TEST(Worker, UnreadableSeriesIsFinishedAsFailed) {
    Bench bench;
    bench.reader.fails_with = Error{ErrorKind::InvalidInput, "not a DICOM object", "", ""};
    bench.jobs.ready(JobId{5});
    EXPECT_TRUE(bench.worker.work_once({}).has_value());
    ASSERT_EQ(bench.jobs.failed.size(), 1U);
    EXPECT_EQ(bench.jobs.failed[0].kind, ErrorKind::InvalidInput);
}

TEST(Worker, LostLeaseLeavesNoFilesBehind) {
    Bench bench;
    bench.jobs.lease_lost = true;
    bench.jobs.ready(JobId{5});
    EXPECT_TRUE(bench.worker.work_once({}).has_value());
    EXPECT_TRUE(bench.jobs.derived.empty());
    EXPECT_FALSE(std::filesystem::exists(bench.folder.path() / "results" / "5-1"));
}

TEST(Worker, ResultsOfACommitThatFailedAreKeptSinceTheirRowsMayBeThere) {
    Bench bench;
    bench.jobs.commit_fails = true;
    bench.jobs.ready(JobId{5});
    EXPECT_TRUE(bench.worker.work_once({}).has_value());
    EXPECT_TRUE(bench.jobs.derived.empty());
    EXPECT_TRUE(std::filesystem::exists(bench.folder.path() / "results" / "5-1"));
}

TEST(Worker, CancelledModelGivesTheJobBack) {
    Bench bench;
    bench.enhancer.fails_with = Error{ErrorKind::Cancelled, "stopped", "", ""};
    bench.jobs.ready(JobId{5});
    EXPECT_TRUE(bench.worker.work_once({}).has_value());
    EXPECT_EQ(bench.jobs.given_back, 1);
}

TEST(Worker, LeaseIsRenewedWhileTheModelWorks) {
    Bench bench;
    bool seen = false;
    SlowEnhancer slow(
        [&](std::stop_token stop) { seen = bench.jobs.wait_for_heartbeats(3, std::move(stop)); });
    Worker worker({.name = "w1", .data_dir = bench.folder.path(), .lease_ms = 30}, bench.jobs,
                  bench.reader, bench.encoder, plan_with(slow));
    bench.jobs.ready(JobId{5});
    EXPECT_EQ(*worker.work_once({}), true);
    EXPECT_TRUE(seen);
    EXPECT_EQ(bench.jobs.derived.size(), 1U);
    for (const std::int64_t lease_ms : bench.jobs.renewals_ms()) EXPECT_EQ(lease_ms, 30);
}

TEST(Worker, LeaseThatIsLostWhileTheModelWorksStopsItAndFinishesNothing) {
    Bench bench;
    bool overlooked = true;
    SlowEnhancer slow([&](std::stop_token stop) {
        bench.jobs.lease_lost = true;  // one renewal may be on its way; the next finds it lost
        overlooked = bench.jobs.wait_for_heartbeats(3, std::move(stop));
    });
    Worker worker({.name = "w1", .data_dir = bench.folder.path(), .lease_ms = 30}, bench.jobs,
                  bench.reader, bench.encoder, plan_with(slow));
    bench.jobs.ready(JobId{5});
    EXPECT_EQ(*worker.work_once({}), true);
    EXPECT_FALSE(overlooked);
    EXPECT_TRUE(slow.stopped);
    EXPECT_TRUE(bench.jobs.derived.empty());
    EXPECT_TRUE(bench.jobs.declined.empty());
    EXPECT_TRUE(bench.jobs.failed.empty());
    EXPECT_EQ(bench.jobs.given_back, 0);
    EXPECT_FALSE(std::filesystem::exists(bench.folder.path() / "results" / "5-1"));
}

TEST(ResultFiles, FileThatExistsIsNeverOverwritten) {
    const fakes::TempFolder folder;
    ASSERT_TRUE(write_durably(folder.path() / "a", "one").has_value());
    const Status again = write_durably(folder.path() / "a", "two");
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().kind, ErrorKind::Io);
    EXPECT_EQ(bytes_of(folder.path() / "a"), "one");
}

TEST(ResultFiles, FolderThatIsNoneIsAnIoErrorWithItsPath) {
    const Status status = write_durably("/dev/full/x", "bytes");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::Io);
    EXPECT_EQ(status.error().where, "/dev/full/x");
}

}  // namespace
}  // namespace iqt::worker
