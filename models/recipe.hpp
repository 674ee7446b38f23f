// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/simulate.hpp"

/// The simulator's options as one recipe: drawn at random, and named in reports.
namespace iqt::models {

/// An option of `iqt-train simulate` (without its dashes) and what it is set to; no values: left to
/// the contrast's typical sequence.
struct NamedOption {
    std::string name;
    std::vector<double> values;
    friend bool operator==(const NamedOption&, const NamedOption&) = default;
};

/// Everything that a simulation is made with but spacing, plane, SNR, white matter and contrast.
std::vector<NamedOption> named_options(const SimulateOptions& options);

/// The same as on a command line, where it is not the default: "--gamma 0.9 --bias 0.3"; "no
/// further options" where everything is.
std::string describe(const SimulateOptions& options);

/// A recipe and the plane of its slices: "sagittal", "coronal" or "axial".
struct Recipe {
    SimulateOptions how;
    std::string plane;
};

/// Draws everything but the spacings, the contrast and white matter's mean, each from its range and
/// with its probability (models/README.md lists both), for a volume of this geometry.
/// Deterministic by seed; a parameter's draw does not depend on the others.
Recipe draw_recipe(const SimulateOptions& base, const Geometry& geometry, std::uint64_t seed);

}  // namespace iqt::models
