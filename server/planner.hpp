// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "pipeline/stages/enhance_series.hpp"
#include "server/model_shelf.hpp"

namespace iqt::server {

/// What a person asks for on the command line, before what routes and packages say.
struct PlanOverrides {
    std::string model;  ///< empty = as the route says
    std::optional<int> samples;
    std::optional<std::uint64_t> seed;
    bool no_dicom_header =
        false;  ///< NIfTI: nothing states the field strength, so none is asked for
};

/// The planner of the routes: the first that matches decides outputs, destinations and model (by
/// contrast where it names none). Without routes everything is enhanced and goes everywhere.
/// Errors of the planner: NotFound where no route matches; those of ModelShelf::enhancer. A plan
/// without an enhancer says that no package fits the contrast. `shelf` outlives the planner.
stages::Planner make_planner(const config::Config& config, PlanOverrides overrides,
                             ModelShelf& shelf);

/// The same routes without their models: plans without an enhancer, for notices. Errors of the
/// planner: NotFound where no route matches.
stages::Planner make_route_planner(const config::Config& config);

}  // namespace iqt::server
