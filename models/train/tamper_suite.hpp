// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/train/evaluation.hpp"
#include "models/train/tamper.hpp"

/// What the warnings say to lesions that somebody put into an enhanced volume or took out of it,
/// and to what the network itself lost or made up.
namespace iqt::models::train {

/// Contrast over the noise's SD from which tampering has to be caught.
inline constexpr double kStrongSd = 3;

/// Tampered lesions of one make and size.
struct TamperScores {
    bool is_added = true;  ///< false: a real one was erased
    std::string what;      ///< "3 SD", or the kind of an erased lesion
    double diameter_mm = 0;
    double contrast_sd = 0;  ///< mean change of the image over the noise's SD
    int n = 0;
    int caught = 0;                     ///< inconsistent in at least kCaughtShare of their voxels
    int strong = 0, strong_caught = 0;  ///< those alone that changed by kStrongSd and more
    double marked_share = 0;            ///< mean share of inconsistent voxels
    double marked_before = 0;           ///< the same where nothing was tampered with
};

/// How many of something each class of warning catches (at least kCaughtShare of its voxels).
struct ClassCounts {
    int n = 0, uncertain = 0, unfamiliar = 0, inconsistent = 0;
    int unseen = 0;  ///< caught by no class, nor by all together
    int chance = 0;  ///< losses: places caught by a class in the healthy head's image too
    void take(const Marked& marked);
};

/// Lesions that the network was shown and that its image lost (kLostShare).
struct LossScores {
    LesionKind kind = LesionKind::Plaque;
    double diameter_mm = 0;
    int shown = 0;  ///< lesions in the truth
    ClassCounts lost;
};

/// Everything of one subject. `untouched` is over the brain further than 5 mm (one slice) from any
/// tampered lesion, the highest of all tampered volumes.
struct TamperResult {
    std::vector<TamperScores> tampered;
    double untouched_share = 0, plain_share = 0;  ///< inconsistent; the latter without tampering
    std::vector<LossScores> losses;
    ClassCounts inventions;
    double invention_step = 0;  ///< in the volumes' units
};

/// Regions of the image that the truth does not show: `image` exceeds `truth` (both blurred to
/// 3 mm) by more than `step` in the direction of a lesion (dark in T1, bright in T2 and FLAIR), as
/// large as balls of 3 to 8 mm, within `where`.
ClassCounts find_inventions(const Volume& image, const Volume& truth, const Mask& where,
                            Contrast contrast, double step, const Mask& warnings);

/// Adds balls of 3, 5 and 8 SDs of the noise and 8, 12 and 20 mm to the model's answer, and looks
/// for what that answer makes up by itself. `images.answer` has to hold it. Errors: InvalidInput
/// (no noise to count contrast in).
Result<TamperResult> measure_added(const SubjectResult& subject, const SubjectImages& images,
                                   const Mask& brain, std::uint64_t seed);

/// Shows the model the lesion suite (three kinds, 3 to 20 mm, simulated like the subject), looks
/// for what its image lost (up to 8 mm), and erases from it what is 8 mm and more. Adds to `out`,
/// which measure_added made. Errors: those of the model.
Status measure_shown(const SubjectResult& subject, const SubjectImages& images, const Mask& brain,
                     Enhancer& model, int samples, std::uint64_t seed, TamperResult& out);

}  // namespace iqt::models::train
