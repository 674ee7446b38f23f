// SPDX-License-Identifier: Apache-2.0
#include "dicom/contrast.hpp"

#include <gtest/gtest.h>

namespace iqt::dicom {
namespace {

struct Case {
    const char* what;
    const char* stated;
    double repetition_ms, echo_ms, inversion_ms;  ///< 0 = not stated
    const char* name;
    const char* contrast;  ///< "" = none of ours
    const char* source;
};

ContrastFinding find(const Case& c) {
    ContrastHints hints;
    hints.acquisition_contrast = c.stated;
    if (c.repetition_ms > 0) hints.repetition_time_ms = c.repetition_ms;
    if (c.echo_ms > 0) hints.echo_time_ms = c.echo_ms;
    if (c.inversion_ms > 0) hints.inversion_time_ms = c.inversion_ms;
    hints.names = {{"SeriesDescription", c.name}};
    return find_contrast(hints);
}

class EveryCase : public testing::TestWithParam<Case> {};

TEST_P(EveryCase, IsRecognised) {
    const Case& c = GetParam();
    const ContrastFinding found = find(c);
    EXPECT_EQ(found.contrast ? to_string(*found.contrast) : "", c.contrast) << c.what;
    EXPECT_EQ(found.source, c.source) << c.what;
}

// Times of the 64 mT scanner: dumps and publications; 3 T ones: routine protocols.
INSTANTIATE_TEST_SUITE_P(
    Contrast, EveryCase,
    testing::Values(
        Case{"stated T1", "T1", 2000, 194, 0, "T2", "T1", "AcquisitionContrast"},
        Case{"stated FLAIR", "FLUID_ATTENUATED", 0, 0, 0, "T2", "FLAIR", "AcquisitionContrast"},
        Case{"stated other", "PROTON_DENSITY", 2000, 194, 0, "T2", "", "AcquisitionContrast"},
        Case{"stated STIR", "STIR", 4000, 60, 150, "T2", "", "AcquisitionContrast"},
        Case{"unknown, then times", "UNKNOWN", 2000, 194.8, 0, "", "T2", "EchoTime"},
        Case{"64 mT T2", "", 2000, 194.8, 0, "x", "T2", "EchoTime"},
        Case{"64 mT FLAIR", "", 3500, 162, 1301, "x", "FLAIR", "InversionTime"},
        Case{"64 mT T1, inversion", "", 1500, 6, 300, "x", "T1", "InversionTime"},
        Case{"3 T MPRAGE", "", 2300, 3, 900, "x", "T1", "InversionTime"},
        Case{"3 T FLAIR", "", 9000, 120, 2500, "x", "FLAIR", "InversionTime"},
        Case{"spin echo T1", "", 500, 12, 0, "x", "T1", "RepetitionTime"},
        Case{"proton density", "", 3000, 15, 0, "x", "", ""},
        Case{"fat nulled", "", 4000, 30, 150, "x", "", ""},
        Case{"EPI-like echo", "", 500, 30, 0, "x", "", ""},
        Case{"name with flair first", "", 0, 0, 0, "T2 FLAIR (AXI)", "FLAIR", "SeriesDescription"},
        Case{"dark fluid", "", 0, 0, 0, "t2_tirm_tra_dark-fluid", "FLAIR", "SeriesDescription"},
        Case{"scanner's T2", "", 0, 0, 0, "T2 (AXI, Fast)", "T2", "SeriesDescription"},
        Case{"weighted", "", 0, 0, 0, "T2_Weighted_FSE_SAG", "T2", "SeriesDescription"},
        Case{"scanner's T1", "", 0, 0, 0, "T1 (AXI) - Gray_White", "T1", "SeriesDescription"},
        Case{"joined word", "", 0, 0, 0, "sag_t1w_3d", "T1", "SeriesDescription"},
        Case{"T2 star", "", 0, 0, 0, "ax T2* GRE", "", ""},
        Case{"T2 star, word", "", 0, 0, 0, "ax t2_star", "", ""},
        Case{"T1 FLAIR says two", "", 0, 0, 0, "Ax T1 FLAIR", "", ""},
        Case{"two contrasts", "", 0, 0, 0, "PD T2 dual", "", ""},
        Case{"no whole word", "", 0, 0, 0, "REST1 w SMS", "", ""},
        Case{"balanced vetoes", "T2", 2000, 194, 0, "PSIF", "", "SeriesDescription"}));

TEST(Contrast, EchoPlanarAndBalancedTimesSayNothing) {
    ContrastHints hints;
    hints.repetition_time_ms = 5;
    hints.echo_time_ms = 2.5;
    EXPECT_TRUE(find_contrast(hints).contrast);
    hints.balanced = true;
    EXPECT_FALSE(find_contrast(hints).contrast);
    hints.balanced = false;
    hints.echo_planar = true;
    hints.repetition_time_ms = 3000;
    hints.echo_time_ms = 90;
    EXPECT_FALSE(find_contrast(hints).contrast);
}

TEST(Contrast, EarlierNamesComeFirstAndSilentOnesAreSkipped) {
    ContrastHints hints;
    hints.names = {{"PulseSequenceName", "fse3d"}, {"SequenceName", "T2"}, {"ProtocolName", "T1"}};
    const ContrastFinding found = find_contrast(hints);
    EXPECT_EQ(found.contrast, Contrast::T2);
    EXPECT_EQ(found.source, "SequenceName");
}

}  // namespace
}  // namespace iqt::dicom
