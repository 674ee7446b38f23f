// SPDX-License-Identifier: Apache-2.0
// What is lossy by its transfer syntax alone: the attributes say nothing of it.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
#include <gtest/gtest.h>

#include "pipeline/stages/eligibility.hpp"
#include "tests/dicom/read/shared_data.hpp"
#include "tests/fixtures/dicom_builder.hpp"

namespace iqt::dicom {
namespace {

constexpr int kNear = 3;  // the most by which a stored value may differ

void need(const OFCondition& condition) {
    if (condition.bad()) throw std::runtime_error(condition.text());
}

/// Compresses a file with loss and takes away what DCMTK's encoder then writes about it.
void make_near_lossless(const std::filesystem::path& path) {
    DJLSEncoderRegistration::registerCodecs();
    DcmFileFormat file;
    need(file.loadFile(path.c_str()));
    DcmDataset& data = *file.getDataset();
    OFString image_type, instance_uid;
    need(data.findAndGetOFStringArray(DCM_ImageType, image_type));
    need(data.findAndGetOFString(DCM_SOPInstanceUID, instance_uid));
    const DJLSRepresentationParameter loss(kNear, OFFalse);
    need(data.chooseRepresentation(EXS_JPEGLSLossy, &loss));
    for (const DcmTagKey& tag : {DCM_LossyImageCompression, DCM_LossyImageCompressionRatio,
                                 DCM_LossyImageCompressionMethod, DCM_DerivationDescription,
                                 DCM_DerivationCodeSequence, DCM_SourceImageSequence})
        data.findAndDeleteElement(tag);
    need(data.putAndInsertOFStringArray(DCM_ImageType, image_type));
    need(data.putAndInsertOFStringArray(DCM_SOPInstanceUID, instance_uid));
    need(file.saveFile(path.c_str(), EXS_JPEGLSLossy));
}

TEST(LossyByTransferSyntax, NearLosslessJpegLsIsReadAndDeclinedAsLossyAlone) {
    const Volume truth = fixtures::pattern(fixtures::slab(fixtures::Plane::Axial));
    const test::TempFolder folder;
    const auto files = fixtures::write_files(folder.path(), fixtures::classic_mr(truth));
    for (const auto& file : files) make_near_lossless(file);
    const auto series = DicomSeriesReader().read(test::snapshot_of(files));
    ASSERT_TRUE(series) << to_string(series.error());
    EXPECT_TRUE(series->facts.lossy);
    EXPECT_EQ(series->header->value("LossyImageCompression"), std::nullopt);
    ASSERT_TRUE(series->volume);
    float most = 0;
    for (std::size_t v = 0; v < truth.voxels.size(); ++v)
        most = std::max(most, std::abs(series->volume->voxels[v] - truth.voxels[v]));
    EXPECT_GT(most, 0);
    EXPECT_LE(most, kNear);

    const auto reasons = stages::eligibility(series->facts, {});
    ASSERT_EQ(reasons.size(), 1U);
    EXPECT_EQ(reasons[0].kind, stages::DeclineKind::Lossy);
}

TEST(LossyByTransferSyntax, LosslessJpegLsIsNotLossy) {
    fixtures::SeriesRecipe recipe;
    recipe.transfer_syntax = "1.2.840.10008.1.2.4.80";
    const Volume truth = fixtures::pattern(fixtures::slab(fixtures::Plane::Axial));
    const auto series =
        DicomSeriesReader().read(fixtures::snapshot(fixtures::classic_mr(truth, recipe)));
    ASSERT_TRUE(series) << to_string(series.error());
    EXPECT_FALSE(series->facts.lossy);
    EXPECT_TRUE(stages::eligibility(series->facts, {}).empty());
}

}  // namespace
}  // namespace iqt::dicom
