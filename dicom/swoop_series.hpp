// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::dicom {

/// How a made-up scanner series is stored.
enum class SwoopForm {
    Enhanced,  ///< one Enhanced MR object, as the scanner writes it today
    Classic,   ///< one MR object per slice
};

/// Whether the attribute SyntheticData (0008,001C) = YES is written. It is younger than many
/// validators (dciodvfy of 2022 reports an unknown attribute); names and descriptions always say
/// that patient and study are synthetic.
enum class SyntheticData { LeftOut, Written };

struct SwoopOptions {
    Contrast contrast = Contrast::T1;
    SwoopForm form = SwoopForm::Enhanced;
    std::uint64_t seed = 0;  ///< names the study: equal seeds give one study
    int series_number = 2;
    SyntheticData synthetic_data = SyntheticData::LeftOut;
};

/// A 64 mT-like series of the synthetic patient IQTTEST^SYNTHETIC as complete Part 10 files, in
/// slice order. Everything but the sequence parameters and voxels is constant;
/// UIDs are functions of seed, contrast, form, geometry and stored pixels, so equal UIDs have equal
/// pixels. Stored value = round(voxel * factor) with one factor that puts the 99.9 percentile at
/// 3000; the rescale is the identity, as on the scanner. T2 and FLAIR carry published parameters of
/// the scanner; T1's are made up.
/// `volume` has its slices along k and axes[2] = axes[0] x axes[1]. Sources: PS3.3 A.36.2 (Enhanced
/// MR), A.4 (MR). Errors: InvalidInput (left-handed axes, too many voxels), Internal.
Result<std::vector<std::string>> make_swoop_series(const Volume& volume,
                                                   const SwoopOptions& options);

}  // namespace iqt::dicom
