// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iqt {

/// What becomes of a series after its pixels were looked at.
enum class QaVerdict { Enhance, EnhanceWithBanner, Decline };
std::string_view to_string(QaVerdict verdict);  // "enhance", "enhance_with_banner", "decline"

/// What was measured in a series before inference. What could not be measured is left out.
struct QaFigures {
    double noise_sd = 0;     ///< of a complex channel, in the source's units
    double snr = 0;          ///< median of the head / noise; 0 where there is no noise at all
    double snr_at_best = 0;  ///< with the noise of the most even places, which holds least anatomy
    double snr_per_mm3 = 0;  ///< snr_at_best / volume of an acquired voxel (before zero-filling)
    std::array<double, 2> zero_fill{1, 1};  ///< in-plane interpolation factor along i and j
    double acquired_in_plane_mm = 0;        ///< pixel before zero-filling, the coarser axis
    std::optional<double> ghost;            ///< N/2 ghost in air over the median of the head
    std::optional<double> motion_mm;  ///< RMS jump of a slice off the line through its neighbours
    /// Dissimilarity along the slices' order over that of the shortest tree that joins them: 1
    /// where neighbours are the most alike.
    std::optional<double> order_ratio;
    bool is_sagittal = false;       ///< slices across left-right: each has a twin on the other side
    double histogram_distance = 0;  ///< to the nearest reference, in units of the bright end
    double head_ml = 0;             ///< volume of the largest bright object, holes filled
    std::array<double, 3> extent_mm{0, 0, 0};  ///< of it: left-right, anterior-posterior, up-down
    /// Whether air is seen above and below, in front and behind, and on both sides of the object.
    bool is_whole = false;
    double likeness = 0;     ///< correlation of its sagittal projection with a head's, or brain's
    double mirror_gain = 0;  ///< by how much a projection turned upside down or about fits better
    /// By how much more of the variance inside the brain a reference of its anatomy explains with
    /// the series turned upside down or about; below 0 where the positions are the best.
    std::optional<double> anatomy_gain;
    double anatomy_seen = 0;  ///< share of that reference in the field of view where it fits best
};

/// The verdict in words, for outputs of a series that was enhanced: "Verdict: enhance with banner."
/// "Decline" can stand there, too: by default it only gives a banner, and a person may override it.
std::string to_sentence(QaVerdict verdict);

/// The figures in one line, for people: "Measured: SNR 18.2; pixels as acquired 1.6 mm; ...".
std::string to_sentence(const QaFigures& figures);

/// One thing that speaks against a series.
struct QaFinding {
    bool declines = false;  ///< false: the series is enhanced with `banner` on every warning image
    std::string banner;     ///< a few words in capitals
    std::string sentence;   ///< for a technologist: what was found, what was expected, what to do
};

struct InputQa {
    QaFigures figures;
    QaVerdict verdict = QaVerdict::Enhance;
    std::vector<QaFinding> findings;  ///< in the order of the figures
};

}  // namespace iqt
