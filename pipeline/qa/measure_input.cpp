// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "pipeline/qa/anatomy.hpp"
#include "pipeline/qa/histogram.hpp"
#include "pipeline/qa/input_qa.hpp"
#include "pipeline/qa/inside.hpp"
#include "pipeline/qa/kspace.hpp"
#include "pipeline/qa/shape.hpp"
#include "pipeline/qa/slices.hpp"
#include "pipeline/qa/stack.hpp"

namespace iqt::qa {

QaFigures measure_input(const Volume& source, Contrast contrast) {
    const Stack stack = make_stack(source);
    const Geometry& g = stack.full.geometry;
    QaFigures found;
    found.noise_sd = stack.noise_sd;
    found.snr = stack.noise_sd > 0 ? stack.head_median / stack.noise_sd : 0;
    found.zero_fill = {zero_fill_factor(stack, 0), zero_fill_factor(stack, 1)};
    const int distance =
        static_cast<int>(std::ceil(std::max(found.zero_fill[0], found.zero_fill[1]) - 0.01));
    const double even = even_noise_sd(stack, distance);
    const double least = even > 0 ? std::min(even, stack.noise_sd) : stack.noise_sd;
    found.snr_at_best = least > 0 ? stack.head_median / least : 0;
    const double i_mm = g.spacing_mm[0] * found.zero_fill[0];
    const double j_mm = g.spacing_mm[1] * found.zero_fill[1];
    found.acquired_in_plane_mm = std::max(i_mm, j_mm);
    found.snr_per_mm3 = found.snr_at_best / (i_mm * j_mm * g.spacing_mm[2]);
    found.ghost = ghost_share(stack);
    found.motion_mm = motion_mm(stack);
    found.order_ratio = order_ratio(stack);
    found.is_sagittal = std::abs(g.axes[2][0]) > 0.7;
    found.histogram_distance = histogram_distance(head_quantiles(stack), contrast);
    const Size size = measure_size(stack.head);
    found.head_ml = size.volume_ml;
    found.extent_mm = size.extent_mm;
    found.is_whole = size.is_whole;
    const Likeness likeness = compare_shape(project(stack.head));
    found.likeness = likeness.upright;
    found.mirror_gain = likeness.mirrored - likeness.upright;
    if (const auto fit = compare_anatomy(look_inside(stack))) {
        found.anatomy_gain = fit->mirrored - fit->upright;
        found.anatomy_seen = fit->seen;
    }
    return found;
}

InputQa assess_input(const Volume& source, Contrast contrast) {
    return judge_input(measure_input(source, contrast), contrast);
}

}  // namespace iqt::qa
