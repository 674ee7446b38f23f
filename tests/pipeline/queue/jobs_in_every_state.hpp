// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/core/job.hpp"

namespace iqt::queue {

/// The series that make_schema_fixture leaves in a state, by its UID.
inline std::string fixture_series(JobState state) {
    return "1.2.826.0.1.3680043.2.1143." + std::to_string(static_cast<int>(state) + 1);
}

inline constexpr const char* kFixtureDestination = "PACS";
inline constexpr const char* kFixtureBoot = "fixture-boot";

}  // namespace iqt::queue
