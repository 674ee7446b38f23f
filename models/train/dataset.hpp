// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "models/train/lesions.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

namespace iqt::models::train {

/// One high-quality head, intensities divided by its foreground scale (so 1.0 is bright tissue).
struct Subject {
    std::string name;
    bool synthetic = false;  ///< made from a label map
    Contrast contrast = Contrast::T1;
    Volume volume;
    /// Indices of foreground voxels, thinned: where blocks are centred.
    std::vector<std::uint32_t> foreground;
    std::size_t foreground_voxels = 0;
    std::vector<Lesion> at_ventricles;  ///< places for MS-like lesions, clear of each other
};

struct Subjects {
    std::vector<Subject> training, held_out;
};

/// Reads every .nii.gz directly in `folder` whose name holds T1, T2 or FLAIR between underscores.
/// Those whose name starts with an entry of `held_out` are kept for calibration.
/// Errors: NotFound, InvalidInput.
Result<Subjects> load_subjects(const std::filesystem::path& folder,
                               const std::vector<std::string>& held_out);

/// Fills in where foreground is; needed before make_block.
void index_foreground(Subject& subject);

/// Fills in where MS-like lesions may lie; nowhere where no ventricle is found. By seed; takes some
/// seconds.
void plan_ventricles(Subject& subject, std::uint64_t seed);

/// A piece of a simulated scan with its truth, as the network sees it.
struct Block {
    at::Tensor channels;   ///< [4, d, h, w]
    at::Tensor truth;      ///< [1, d, h, w], scaled and centred like channel 0
    at::Tensor weight;     ///< [1, d, h, w]: what an error costs; 1 at edges, most in small lesions
    at::Tensor condition;  ///< [6]
};

enum class Augment {
    None,
    Acquisition,  ///< only how it was acquired is drawn at random
    Full,
};

/// A block of about `edge_mm` cut from a random place of a subject, simulated with random settings
/// (None: 1.6 x 1.6 x 5 mm, axial, white matter / noise 18). `as`: the subject's own contrast, or
/// what a T1 subject is turned into. `small_lesions`: how many of 2.5 to 6 mm a block holds in the
/// mean beyond the usual ones, with MS-like ones at the ventricles where the subject has them
/// planned. A function of its arguments only.
Block make_block(const Subject& subject, int edge_mm, Augment augment, std::uint64_t seed,
                 Contrast as, int small_lesions = 0);

/// Patches of `edge` voxels cut from random blocks, flipped at random, stacked.
struct Batch {
    at::Tensor channels, truth, condition, weight;
};
Batch sample_batch(const std::vector<const Block*>& blocks, int batch, int edge,
                   std::uint64_t seed);

}  // namespace iqt::models::train
