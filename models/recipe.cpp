// SPDX-License-Identifier: Apache-2.0
#include "models/recipe.hpp"

#include <array>
#include <cstdio>
#include <optional>

#include "models/random.hpp"

namespace iqt::models {
namespace {

std::vector<double> given(const std::optional<double>& value) {
    return value ? std::vector<double>{*value} : std::vector<double>{};
}

/// One angle where it is drawn, else three.
std::vector<double> turn_of(const SimulateOptions& o) {
    if (o.rotate_within_deg > 0) return {o.rotate_within_deg};
    return {o.rotate_deg.begin(), o.rotate_deg.end()};
}

std::string in_text(const NamedOption& option) {
    std::string text = "--" + option.name;
    if (option.name == "recontrast") return text;  // a flag
    for (std::size_t n = 0; n < option.values.size(); ++n) {
        std::array<char, 32> number{};
        std::snprintf(number.data(), number.size(), "%s%.4g", n == 0 ? " " : ",", option.values[n]);
        text += number.data();
    }
    return text;
}

/// Which parameter a number is drawn for: an odd number for whether it is used at all, so that
/// every parameter has draws of its own.
enum Draw : std::uint64_t {
    kRecontrast = 1,
    kGamma = 2,
    kPlane = 4,
    kRotateX = 6,
    kRotateY = 8,
    kRotateZ = 10,
    kSliceFwhm = 12,
    kInPlaneFwhm = 14,
    kGridShift = 16,
    kShiftI = 18,
    kShiftJ = 20,
    kSnr = 22,
    kGhost = 24,
    kSpike = 26,
    kZipper = 28,
    kMotionMm = 30,
    kMotionDeg = 32,
    kZeroFill = 34,
    kMtf = 36,
};

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : key_(random::mix(seed ^ 0x726563697065ULL)) {}
    double uniform(std::uint64_t of, double low, double high) const {
        return low + (high - low) * random::uniform(random::mix(key_ + of));
    }
    bool happens(std::uint64_t of, double probability) const {
        return random::uniform(random::mix(key_ + of)) <= probability;
    }

  private:
    std::uint64_t key_;
};

/// Noise levels that tissue is seen with near 64 mT.
double snr_max(Contrast contrast) {
    return contrast == Contrast::T1 ? 30 : contrast == Contrast::T2 ? 25 : 22;
}

Artefacts draw_artefacts(const Dice& dice) {
    Artefacts a;
    if (dice.happens(kGhost + 1, 0.2)) a.ghost = dice.uniform(kGhost, 0.02, 0.1);
    if (dice.happens(kSpike + 1, 0.1)) a.spike = dice.uniform(kSpike, 0.01, 0.1);
    if (dice.happens(kZipper + 1, 0.1)) a.zipper = dice.uniform(kZipper, 0.05, 0.3);
    if (dice.happens(kMotionMm + 1, 0.3)) {
        a.motion_mm = dice.uniform(kMotionMm, 0.3, 2);
        a.motion_deg = dice.uniform(kMotionDeg, 0.3, 2);
    }
    if (dice.happens(kZeroFill + 1, 0.3))
        a.output_in_plane_mm = dice.uniform(kZeroFill, 0.65, 0.85);
    if (dice.happens(kMtf + 1, 0.3)) a.mtf_at_nyquist = dice.uniform(kMtf, 0.5, 1);
    return a;
}

}  // namespace

std::vector<NamedOption> named_options(const SimulateOptions& o) {
    const Artefacts& a = o.artefacts;
    return {{"recontrast", {o.recontrast ? 1.0 : 0.0}},
            {"recontrast-jitter", {o.recontrast_jitter}},
            {"tr", given(o.times.repetition_ms)},
            {"te", given(o.times.echo_ms)},
            {"ti", given(o.times.inversion_ms)},
            {"gamma", {o.gamma}},
            {"bias", {o.bias_strength}},
            {"rotate-deg", turn_of(o)},
            {"slice-fwhm", {o.slice_fwhm}},
            {"in-plane-fwhm", {o.in_plane_fwhm}},
            {"grid-shift", {o.grid_shift}},
            {"in-plane-shift", {o.in_plane_shift[0], o.in_plane_shift[1]}},
            {"output-in-plane-mm", {a.output_in_plane_mm}},
            {"mtf", {a.mtf_at_nyquist}},
            {"ghost", {a.ghost}},
            {"spike", {a.spike}},
            {"zipper", {a.zipper}},
            {"motion-mm", {a.motion_mm}},
            {"motion-deg", {a.motion_deg}}};
}

std::string describe(const SimulateOptions& options) {
    const auto all = named_options(options), plain = named_options(SimulateOptions{});
    std::string text;
    for (std::size_t n = 0; n < all.size(); ++n) {
        // Scores of a re-contrast depend on its jitter, whatever it is.
        const bool is_said =
            all[n].name == "recontrast-jitter" ? options.recontrast : all[n] != plain[n];
        if (is_said) text += (text.empty() ? "" : " ") + in_text(all[n]);
    }
    return text.empty() ? "no further options" : text;
}

Recipe draw_recipe(const SimulateOptions& base, const Geometry& geometry, std::uint64_t seed) {
    const Dice dice(seed);
    Recipe recipe{base, {}};
    SimulateOptions& o = recipe.how;
    o.recontrast = dice.happens(kRecontrast, 0.5);
    o.recontrast_jitter = 0.15;
    o.gamma = dice.uniform(kGamma, 0.7, 1.4);
    o.bias_strength = 0.3;
    for (std::size_t axis = 0; axis < 3; ++axis)
        o.rotate_deg[axis] = dice.uniform(kRotateX + 2 * axis, -10, 10);
    o.rotate_within_deg = 0;
    const double plane = dice.uniform(kPlane, 0, 3);
    const int direction = plane <= 1 ? 0 : plane <= 2 ? 1 : 2;
    recipe.plane = std::array{"sagittal", "coronal", "axial"}[static_cast<std::size_t>(direction)];
    o.slice_axis = axis_along(geometry, direction);
    o.slice_fwhm = dice.uniform(kSliceFwhm, 0.9, 1.1);
    o.in_plane_fwhm = dice.uniform(kInPlaneFwhm, 0.9, 1.2);
    o.grid_shift = dice.uniform(kGridShift, -0.5, 0.5);
    o.in_plane_shift = {dice.uniform(kShiftI, -0.5, 0.5), dice.uniform(kShiftJ, -0.5, 0.5)};
    o.snr = dice.uniform(kSnr, 8, snr_max(o.contrast));
    o.artefacts = draw_artefacts(dice);
    return recipe;
}

}  // namespace iqt::models
