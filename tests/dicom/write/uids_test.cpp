// SPDX-License-Identifier: Apache-2.0
#include "dicom/uids.hpp"

#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace iqt::dicom {
namespace {

struct Inputs {
    SourceSeries source;
    DerivedImages images;
};

Inputs inputs() {
    Inputs made;
    made.source.series_uid = "1.2.3";
    made.source.identity_digest = "identity";
    made.source.content_digest = "content";
    made.images.provenance.model.digest = "model";
    made.images.software_version = "0.1.0";
    made.images.parameters = "gain=4";
    return made;
}

SeriesUids uids_of(const Inputs& made, OutputKind kind = OutputKind::Enhanced) {
    return result_uids(made.source, made.images, kind, 3);
}

TEST(ResultUids, AreEqualForEqualInputs) {
    EXPECT_EQ(uids_of(inputs()).series, uids_of(inputs()).series);
    EXPECT_EQ(uids_of(inputs()).instances, uids_of(inputs()).instances);
}

TEST(ResultUids, AreLegalAndAllDifferent) {
    std::set<std::string> seen;
    for (const OutputKind kind : {OutputKind::Warning, OutputKind::Summary, OutputKind::Enhanced,
                                  OutputKind::InputOnGrid, OutputKind::Notice}) {
        const SeriesUids uids = uids_of(inputs(), kind);
        seen.insert(uids.series);
        seen.insert(uids.instances.begin(), uids.instances.end());
    }
    EXPECT_EQ(seen.size(), 20U);
    for (const std::string& uid : seen) {
        EXPECT_LE(uid.size(), 44U);
        EXPECT_EQ(uid.rfind("2.25.", 0), 0U);
    }
}

TEST(ResultUids, ChangeWithEverythingThatChangesPixelsOrIdentity) {
    using Change = std::function<void(Inputs&)>;
    const std::vector<std::pair<const char*, Change>> changes{
        {"source series", [](Inputs& in) { in.source.series_uid += "4"; }},
        {"corrected patient", [](Inputs& in) { in.source.identity_digest += "x"; }},
        {"late instance", [](Inputs& in) { in.source.content_digest += "x"; }},
        {"model digest", [](Inputs& in) { in.images.provenance.model.digest += "x"; }},
        {"software version", [](Inputs& in) { in.images.software_version = "0.1.1"; }},
        {"parameters", [](Inputs& in) { in.images.parameters = "gain=8"; }},
        {"seed", [](Inputs& in) { in.images.provenance.seed = 1; }},
        {"samples", [](Inputs& in) { in.images.provenance.samples = 8; }},
        {"precision", [](Inputs& in) { in.images.provenance.precision = "bfloat16"; }},
        {"device", [](Inputs& in) { in.images.provenance.device = "cuda"; }},
        {"tiling", [](Inputs& in) { in.images.provenance.tiling = "96x96x96+12"; }}};
    std::set<std::string> series{uids_of(inputs()).series};
    std::set<std::string> first{uids_of(inputs()).instances.front()};
    for (const auto& [name, change] : changes) {
        Inputs changed = inputs();
        change(changed);
        EXPECT_TRUE(series.insert(uids_of(changed).series).second) << name;
        EXPECT_TRUE(first.insert(uids_of(changed).instances.front()).second) << name;
    }
}

TEST(ResultUids, DoNotMixNeighbouringFields) {
    Inputs a = inputs(), b = inputs();
    a.images.software_version = "0.1.0x";
    a.images.parameters = "y";
    b.images.software_version = "0.1.0";
    b.images.parameters = "xy";
    EXPECT_NE(uids_of(a).series, uids_of(b).series);
}

TEST(ResultUids, DoNotDependOnTheRevisionOrTheNumberOfInstances) {
    Inputs later = inputs();
    later.images.revision = 7;
    EXPECT_EQ(uids_of(later).series, uids_of(inputs()).series);
    const auto longer = result_uids(inputs().source, inputs().images, OutputKind::Enhanced, 5);
    EXPECT_EQ(longer.instances[2], uids_of(inputs()).instances[2]);
}

TEST(MadeUpFrameOfReference, DependsOnTheSourceSeriesAlone) {
    Inputs other = inputs();
    other.source.content_digest = "x";
    other.source.identity_digest = "x";
    EXPECT_EQ(made_up_frame_of_reference_uid(other.source),
              made_up_frame_of_reference_uid(inputs().source));
    other.source.series_uid = "1.2.4";
    EXPECT_NE(made_up_frame_of_reference_uid(other.source),
              made_up_frame_of_reference_uid(inputs().source));
}

}  // namespace
}  // namespace iqt::dicom
