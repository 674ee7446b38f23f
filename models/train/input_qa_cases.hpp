// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/simulate.hpp"

namespace iqt::models::train {

/// One way to bring a high-quality head before the input check.
struct QaCase {
    std::string name;
    std::string plane = "axial";
    SimulateOptions how;
    /// What is done to the simulated series.
    enum class After {
        Nothing,
        LeftToRight,  ///< pixels reversed against their positions
        BackToFront,
        UpsideDown,
        TurnedOver,  ///< upside down and back to front
        SlicesShuffled,
        SlicesInterleaved,
        OtherContrast,
        MacaqueSize
    } after = After::Nothing;
};

/// 64 mT-like series that must be enhanced without a banner: SNR 10 to 30, slices of 3 to 7 mm, all
/// planes, zero-filled, filtered, slightly moved.
std::vector<QaCase> good_cases();

/// Series that must be declined or enhanced with a banner only.
std::vector<QaCase> wrong_cases();

struct QaInput {
    Volume volume;
    Contrast declared = Contrast::T1;
};

/// Makes the series of one case. Deterministic by seed.
QaInput make_qa_input(const Volume& high_quality, Contrast contrast, double white_matter,
                      const QaCase& one, std::uint64_t seed);

}  // namespace iqt::models::train
