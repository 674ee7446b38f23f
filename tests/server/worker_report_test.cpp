// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "server/worker/enhance.hpp"

namespace iqt::server::worker {
namespace {

TEST(ContrastOfName, FindsWholeWordsOnly) {
    for (const char* name : {"sub-01_T1w.nii.gz", "t1.nii", "brain_T1_1mm.nii", "x-T1W-y.nii"})
        EXPECT_EQ(contrast_of_name(name), Contrast::T1) << name;
    EXPECT_EQ(contrast_of_name("sub-01_T2w.nii.gz"), Contrast::T2);
    EXPECT_EQ(contrast_of_name("py_synthsr_FLAIR_1mm.nii.gz"), Contrast::Flair);
    EXPECT_EQ(contrast_of_name("t2flair.nii"), Contrast::Flair);
    for (const char* name : {"brain.nii", "T10.nii", "ST1.nii", "t1_to_t2.nii", "T1wx.nii"})
        EXPECT_EQ(contrast_of_name(name), std::nullopt) << name;
}

TEST(IsNiftiName, ByItsEnding) {
    EXPECT_TRUE(is_nifti_name("/a/b.nii"));
    EXPECT_TRUE(is_nifti_name("b.nii.gz"));
    EXPECT_FALSE(is_nifti_name("b.gz"));
    EXPECT_FALSE(is_nifti_name("nii"));
}

}  // namespace
}  // namespace iqt::server::worker
