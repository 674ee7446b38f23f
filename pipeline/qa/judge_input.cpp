// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/limits.hpp"

namespace iqt::qa {
namespace {

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
}

class Findings {
  public:
    explicit Findings(InputQa& qa) : qa_(qa) {}
    void add(bool declines, std::string banner, std::string sentence) {
        qa_.findings.push_back({declines, std::move(banner), std::move(sentence)});
        const QaVerdict verdict = declines ? QaVerdict::Decline : QaVerdict::EnhanceWithBanner;
        qa_.verdict = std::max(qa_.verdict, verdict);
    }
    void add_above(double value, const Limit& limit, const std::string& banner,
                   const std::string& sentence) {
        if (value > limit.banner) add(value > limit.decline, banner, sentence);
    }

  private:
    InputQa& qa_;
};

void judge_signal(const QaFigures& f, Findings& findings) {
    if (f.noise_sd > 0 && f.snr < kSnrMin)
        findings.add(false, "LOW SIGNAL: SNR " + number(f.snr),
                     "the signal-to-noise ratio is " + number(f.snr) + "; at least " +
                         number(kSnrMin) + " is expected; repeat the scan if it is of no use");
    if (f.snr_per_mm3 > kSnrPerMm3.banner || f.snr_at_best > kSnrMax)
        findings.add(f.snr_per_mm3 > kSnrPerMm3.decline, "MORE SIGNAL THAN 64 mT GIVES",
                     "the signal-to-noise ratio is " + number(f.snr_at_best) + ", or " +
                         number(f.snr_per_mm3) + " per cubic millimetre; 64 mT gives at most " +
                         number(kSnrMax) + " and " + number(kSnrPerMm3.banner) +
                         "; check whether the series is from another scanner or was denoised");
    if (f.acquired_in_plane_mm > kAcquiredInPlaneMmMax)
        findings.add(false, "COARSE PIXELS: " + number(f.acquired_in_plane_mm) + " mm ACQUIRED",
                     "pixels of " + number(f.acquired_in_plane_mm) +
                         " mm were acquired and interpolated; at most " +
                         number(kAcquiredInPlaneMmMax) + " mm are expected");
}

void judge_artefacts(const QaFigures& f, Findings& findings) {
    if (f.ghost)
        findings.add_above(*f.ghost, kGhost, "GHOSTS: " + number(100 * *f.ghost) + " %",
                           "a ghost shifted by half the field of view has " +
                               number(100 * *f.ghost) + " % of the head's signal; below " +
                               number(100 * kGhost.banner) + " % is expected; repeat the scan");
    if (f.motion_mm)
        findings.add_above(*f.motion_mm, kMotionMm, "MOTION BETWEEN SLICES",
                           "slices lie " + number(*f.motion_mm) +
                               " mm off their neighbours; below " + number(kMotionMm.banner) +
                               " mm is expected of a head at rest; repeat the scan");
    const Limit& order = f.is_sagittal ? kOrderRatioSagittal : kOrderRatio;
    if (f.order_ratio)
        findings.add_above(*f.order_ratio, order, "SLICE ORDER OR MOTION IN DOUBT",
                           "neighbouring slices are not the most alike (ratio " +
                               number(*f.order_ratio) + ", below " + number(order.banner) +
                               " is expected): slices may be at wrong positions, or the head "
                               "moved; check the series at the scanner");
}

void judge_shape(const QaFigures& f, Findings& findings) {
    const double least = *std::min_element(f.extent_mm.begin(), f.extent_mm.end());
    if (f.is_whole && f.head_ml < kHeadMlMin.banner)
        findings.add(f.head_ml < kHeadMlMin.decline, "SMALL FOR A HEAD",
                     "the object has " + number(f.head_ml) +
                         " ml; a human head or brain has at least " + number(kHeadMlMin.banner) +
                         " ml");
    const bool judged = least >= kJudgedExtentMmMin;
    if (f.likeness < kLikenessMin.banner)
        findings.add(judged && f.likeness < kLikenessMin.decline, "SHAPE UNLIKE A HEAD",
                     "seen from its side the object is unlike a human head (correlation " +
                         number(f.likeness) + "; at least " + number(kLikenessMin.banner) +
                         " is expected)");
}

// Two ways to see one fault, hence one finding. The inside is the better witness: what it finds as
// it should be is not declined for its outline. Of a slab it may see the wrong part: a banner only.
void judge_orientation(const QaFigures& f, Findings& findings) {
    const double least = *std::min_element(f.extent_mm.begin(), f.extent_mm.end());
    const double outline = least >= kJudgedExtentMmMin ? f.mirror_gain : 0;
    const double anatomy = f.anatomy_gain.value_or(0);
    const bool by_anatomy = anatomy > kAnatomyGain.banner;
    if (outline <= kMirrorGain.banner && !by_anatomy) return;
    const bool outline_declines = outline > kMirrorGain.decline && anatomy >= -kAnatomyGain.banner;
    const bool inside_declines =
        anatomy > kAnatomyGain.decline && f.anatomy_seen >= kAnatomySeenMin;
    findings.add(outline_declines || inside_declines, "ORIENTATION IN DOUBT",
                 (by_anatomy ? "the inside of the brain fits better (by " + number(anatomy) +
                                   "; less than " + number(kAnatomyGain.banner)
                             : "the outline of the head fits better (by " + number(outline) +
                                   "; less than " + number(kMirrorGain.banner)) +
                     " is expected) upside down or back to front: pixels may be reversed against "
                     "their positions; check the orientation at the scanner");
}

}  // namespace

InputQa judge_input(const QaFigures& figures, Contrast contrast) {
    InputQa qa;
    qa.figures = figures;
    Findings findings(qa);
    if (!(figures.head_ml > 0)) {
        findings.add(true, "NO HEAD", "nothing stands out from the background: no head was found");
        return qa;
    }
    judge_signal(figures, findings);
    judge_artefacts(figures, findings);
    if (figures.histogram_distance > kHistogramDistanceMax)
        findings.add(false, "INTENSITIES UNUSUAL FOR " + std::string(to_string(contrast)),
                     "the intensities are unlike those of " + std::string(to_string(contrast)) +
                         " series (distance " + number(figures.histogram_distance) + ", below " +
                         number(kHistogramDistanceMax) +
                         " is expected); check whether the contrast is the declared one");
    judge_shape(figures, findings);
    judge_orientation(figures, findings);
    return qa;
}

}  // namespace iqt::qa
