// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/input_qa.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

/// Looks at a series before inference: is it a human head at 64 mT, of the declared contrast, in
/// order, at rest, with enough signal?
namespace iqt::qa {

/// All figures of a series. Pure; two or three seconds for a large one.
QaFigures measure_input(const Volume& source, Contrast contrast);

/// The verdict on figures: what is beyond the limits of limits.hpp, each with its sentence. Pure.
InputQa judge_input(const QaFigures& figures, Contrast contrast);

/// Both. Pure.
InputQa assess_input(const Volume& source, Contrast contrast);

}  // namespace iqt::qa
