// SPDX-License-Identifier: Apache-2.0
#include "pipeline/worker/notice_maker.hpp"

#include <filesystem>
#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "pipeline/stages/notice.hpp"
#include "pipeline/worker/result_files.hpp"
#include "tests/fakes/counting_encoder.hpp"
#include "tests/fakes/scripted_job_store.hpp"
#include "tests/fakes/scripted_notice_store.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::worker {
namespace {

namespace fs = std::filesystem;

/// Knows headers and no series; one must never be read for a notice.
class HeaderReader final : public SeriesReader {
  public:
    Result<SourceSeries> read(const SeriesSnapshot&) const override {
        if (!takes_jobs) ADD_FAILURE() << "the series itself was read";
        return fail(ErrorKind::InvalidInput, "no series");
    }
    Result<SourceSeries> read_header(const ObjectBytes& object) const override {
        if (object.data != "header") return fail(ErrorKind::InvalidInput, "not a DICOM object");
        SourceSeries source;
        source.header = std::make_shared<fakes::EmptyHeader>();
        source.facts.own_output = own_output;
        return source;
    }
    bool own_output = false, takes_jobs = false;
};

/// Keeps what it was given.
class KeepingEncoder final : public ResultEncoder {
  public:
    Result<std::vector<EncodedSeries>> encode(const SourceSeries& source,
                                              const DerivedImages& images) const override {
        if (throws) throw std::runtime_error("a library gave up");
        sources.push_back(source);
        all.push_back(images);
        return counting.encode(source, images);
    }
    fakes::CountingEncoder counting;
    mutable std::vector<SourceSeries> sources;
    mutable std::vector<DerivedImages> all;
    bool throws = false;
};

struct NoticeBench {
    fakes::TempFolder folder;
    fakes::ScriptedNoticeStore notices;
    HeaderReader reader;
    KeepingEncoder encoder;
    stages::Plan plan;
    std::optional<Error> no_plan;
    NoticeMaker maker{{.name = "w1", .data_dir = folder.path()},
                      notices,
                      reader,
                      encoder,
                      [this](const SourceSeries& source) -> Result<stages::Plan> {
                          EXPECT_EQ(source.calling_ae, "SCANNER");
                          if (no_plan) return fail(*no_plan);
                          return plan;
                      }};

    NoticeBench() {
        notices.source.object.data = "header";
        notices.source.series_uid = "1.2.3";
        notices.source.identity_digest = "identity";
        notices.source.calling_ae = "SCANNER";
        notices.source.instances = {{"1.2.840.10008.5.1.4.1.1.4", "1.2.3.1", {}}};
        plan.route = "all";
        plan.outputs = {OutputKind::Enhanced, OutputKind::Notice};
        plan.destinations = {"pacs"};
    }
    static queue::NoticeClaim claim(NoticeCause cause = NoticeCause::GivenUp) {
        queue::NoticeClaim made;
        made.id = 3;
        made.job = JobId{5};
        made.token = 2;
        made.cause = cause;
        made.reasons = {"the worker died 3 times on this series"};
        return made;
    }
    fs::path results() const { return folder.path() / "results" / "5-notice-3-2"; }
};

TEST(NoticeMaker, NothingDueMeansNothingToDo) {
    NoticeBench bench;
    EXPECT_EQ(*bench.maker.make_one(), false);
}

TEST(NoticeMaker, ThePageIsOnDiskBeforeTheRowNamesIt) {
    NoticeBench bench;
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    ASSERT_EQ(bench.notices.finished.size(), 1U);
    const queue::DerivedRecord& record = bench.notices.finished[0];
    ASSERT_EQ(record.files.size(), 1U);
    EXPECT_EQ(record.files[0].kind, OutputKind::Notice);
    EXPECT_EQ(record.destinations, std::vector<std::string>{"pacs"});
    EXPECT_EQ(record.route, "all");
    EXPECT_EQ(fs::file_size(bench.folder.path() / record.files[0].path), record.files[0].size);
    EXPECT_EQ((bench.folder.path() / record.files[0].path).parent_path().parent_path(),
              bench.results());
    ASSERT_EQ(bench.encoder.sources.size(), 1U);
    EXPECT_EQ(bench.encoder.sources[0].series_uid, "1.2.3");
    EXPECT_EQ(bench.encoder.sources[0].identity_digest, "identity");
    EXPECT_EQ(bench.encoder.sources[0].instances.size(), 1U);
    EXPECT_TRUE(bench.encoder.all[0].provenance.model.id.empty());
}

TEST(NoticeMaker, ARouteThatDoesNotAskForItGetsNone) {
    NoticeBench bench;
    bench.plan.outputs = {OutputKind::Warning, OutputKind::Enhanced};
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    bench.no_plan = Error{ErrorKind::NotFound, "no route matches this series", {}, {}};
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    ASSERT_EQ(bench.notices.finished.size(), 2U);
    for (const queue::DerivedRecord& record : bench.notices.finished)
        EXPECT_TRUE(record.files.empty());
    EXPECT_TRUE(bench.encoder.all.empty());
}

TEST(NoticeMaker, OwnOutputsGetNone) {
    NoticeBench bench;
    bench.reader.own_output = true;
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    ASSERT_EQ(bench.notices.finished.size(), 1U);
    EXPECT_TRUE(bench.notices.finished[0].files.empty());
}

TEST(NoticeMaker, WhatGoesWrongIsToldToTheStore) {
    NoticeBench bench;
    bench.encoder.throws = true;
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    bench.notices.source.object.data = "spoiled";
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    bench.notices.source.object.data = "header";
    bench.no_plan = Error{ErrorKind::Config, "the route cannot be used", {}, {}};
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    std::vector<ErrorKind> kinds;
    for (const Error& error : bench.notices.failed) kinds.push_back(error.kind);
    EXPECT_EQ(kinds, (std::vector<ErrorKind>{ErrorKind::Internal, ErrorKind::InvalidInput,
                                             ErrorKind::Config}));
    EXPECT_TRUE(bench.notices.finished.empty());
}

TEST(NoticeMaker, ANoticeThatIsNotWantedAnyMoreLeavesNoFilesBehind) {
    NoticeBench bench;
    bench.notices.lost = true;
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    EXPECT_EQ(bench.encoder.all.size(), 1U);
    EXPECT_FALSE(fs::exists(bench.results()));
}

TEST(NoticeMaker, APageWhoseCommitFailedIsKeptSinceItsRowMayBeThere) {
    NoticeBench bench;
    bench.notices.commit_fails = true;
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*bench.maker.make_one(), true);
    EXPECT_TRUE(bench.notices.finished.empty());
    EXPECT_TRUE(fs::exists(bench.results()));
}

TEST(NoticeMaker, TheWorkerMakesNoticesBeforeItTakesAJob) {
    NoticeBench bench;
    fakes::ScriptedJobStore jobs;
    Worker worker(
        {.name = "w1", .data_dir = bench.folder.path()}, jobs, bench.reader, bench.encoder,
        [](const SourceSeries&) { return stages::Plan{}; }, &bench.maker);
    EXPECT_EQ(*worker.work_once({}), false);
    jobs.ready(JobId{7});
    bench.notices.due(NoticeBench::claim());
    EXPECT_EQ(*worker.work_once({}), true);
    EXPECT_EQ(bench.notices.finished.size(), 1U);
    const auto left = jobs.claim("w1", 1'000);
    ASSERT_TRUE(left && *left) << "the job still waits";
    EXPECT_EQ((*left)->job, JobId{7});
}

TEST(NoticeMaker, AStoreThatCannotBeAskedIsAnErrorAndKeepsNoJobBack) {
    NoticeBench bench;
    bench.notices.unavailable = Error{ErrorKind::Timeout, "another process kept it", {}, {}};
    const auto made = bench.maker.make_one();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Timeout);
    fakes::ScriptedJobStore jobs;
    jobs.ready(JobId{7});
    bench.reader.takes_jobs = true;
    Worker worker(
        {.name = "w1", .data_dir = bench.folder.path()}, jobs, bench.reader, bench.encoder,
        [](const SourceSeries&) { return stages::Plan{}; }, &bench.maker);
    EXPECT_EQ(*worker.work_once({}), true);
    EXPECT_EQ(jobs.failed.size(), 1U);
}

TEST(NoticePage, SaysWhatHappenedAndWhatToDoAndNamesNobody) {
    for (const auto& [cause, words] :
         {std::pair{NoticeCause::TwoIdentities, "queue release"},
          std::pair{NoticeCause::ImagesRemoved, "send the whole series"},
          std::pair{NoticeCause::GivenUp, "queue retry"}}) {
        const stages::NoticePage page = stages::notice_page(cause, {"first", "second"}, 2);
        EXPECT_FALSE(page.title.empty());
        ASSERT_EQ(page.paragraphs.size(), 5U);
        EXPECT_EQ(page.paragraphs[0], "Reason: first.");
        EXPECT_EQ(page.paragraphs[1], "Reason: second.");
        EXPECT_NE(page.paragraphs.back().find(words), std::string::npos);
        EXPECT_EQ(page.revision, 2);
    }
}

TEST(NoticePage, EveryOtherPageHasOtherParameters) {
    const auto parameters = [](NoticeCause cause, const std::string& reason, int revision) {
        return stages::notice_page(cause, {reason}, revision).parameters;
    };
    const std::string one = parameters(NoticeCause::GivenUp, "reason", 1);
    EXPECT_EQ(one, parameters(NoticeCause::GivenUp, "reason", 1));
    EXPECT_NE(one, parameters(NoticeCause::GivenUp, "another", 1));
    EXPECT_NE(one, parameters(NoticeCause::GivenUp, "reason", 2));
    EXPECT_NE(one, parameters(NoticeCause::ImagesRemoved, "reason", 1));
}

}  // namespace
}  // namespace iqt::worker
