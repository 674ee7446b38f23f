// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/package.hpp"

namespace iqt::models {

/// The volume on which every package is tried: a made-up head of 40 x 40 x 12 voxels of
/// 1.6 x 1.6 x 5 mm with folds and fixed noise, the same on every machine. No patient's.
Volume golden_input();

/// A model's answer to it: values at fixed points of the enhanced grid, as shares of the input's
/// peak. Errors: those of the enhancer.
Result<GoldenAnswer> golden_answer(Enhancer& enhancer);

/// Compares a model's answer here and now with the one that its package carries. The bounds leave
/// room for reduced precision and other processors (RMS 1 % and at most 5 % of the peak), not for
/// other weights. A package without a stored answer passes. Errors: Corrupt, and the enhancer's.
Status self_test(Enhancer& enhancer, const Package& package);

}  // namespace iqt::models
