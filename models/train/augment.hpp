// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <random>

#include "models/simulate.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/core/volume.hpp"

/// Changes to a piece of a high-quality head (1.0: bright tissue) before it is simulated, so that a
/// few volumes stand for many people. Each is a function of the random numbers alone.
namespace iqt::models::train {

/// Uniform in [low, high), the same on every standard library.
double uniform(std::mt19937_64& random, double low, double high);

/// Random contrast: a power, or (returning true) a piecewise linear curve that need not be
/// monotone.
bool remap(Volume& volume, std::mt19937_64& random);

/// A T1 volume's intensities through a curve that makes fluid bright and white matter dark (T2), or
/// fluid dark and grey matter brighter than white (FLAIR). What a voxel holds is read off its
/// intensity alone, so that bone and muscle turn out as they may.
void turn_t1_into(Contrast contrast, Volume& volume, std::mt19937_64& random);

/// Smooth shading, quadratic in the coordinates.
void add_bias_field(Volume& volume, std::mt19937_64& random);

/// Random settings of the scanner, artefacts in one block of ten.
SimulateOptions draw_acquisition(std::mt19937_64& random);

}  // namespace iqt::models::train
