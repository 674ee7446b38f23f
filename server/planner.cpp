// SPDX-License-Identifier: Apache-2.0
#include "server/planner.hpp"

#include <algorithm>
#include <utility>

#include "server/route_match.hpp"

namespace iqt::server {
namespace {

std::vector<OutputKind> output_kinds(const std::vector<std::string>& names) {
    std::vector<OutputKind> kinds;
    for (const std::string& name : names)
        if (const auto kind = output_kind_from(name)) kinds.push_back(*kind);
    // Equal sets of outputs make equal parameters, however a route lists them.
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    return kinds;
}

std::vector<std::string> destination_names(const config::Config& config,
                                           const config::Route& route) {
    if (route.destinations) return *route.destinations;
    std::vector<std::string> names;
    for (const auto& [name, unused] : config.destinations) names.push_back(name);
    return names;
}

config::Route default_route() {
    config::Route route;
    route.name = "default";
    return route;
}

class RoutePlanner {
  public:
    /// Without a shelf no plan has an enhancer.
    RoutePlanner(const config::Config& config, PlanOverrides overrides, ModelShelf* shelf)
        : config_(config), overrides_(std::move(overrides)), shelf_(shelf) {
        if (config_.routes.empty()) config_.routes.push_back(default_route());
    }

    Result<stages::Plan> operator()(const SourceSeries& series) const {
        const config::Route* route = first_match(config_.routes, series);
        if (route == nullptr)
            return fail(ErrorKind::NotFound, "no route matches this series", {},
                        "add a route for it, or one whose match is {}");
        stages::Plan plan;
        plan.route = route->name;
        plan.outputs = output_kinds(route->outputs);
        plan.destinations = destination_names(config_, *route);
        plan.samples = overrides_.samples.value_or(config_.inference.samples);
        plan.seed = overrides_.seed;
        plan.allowances.any_field_strength = route->field_strength == "any";
        plan.allowances.input_quality_declines = route->input_quality == "decline";
        plan.allowances.unknown_field_strength =
            overrides_.no_dicom_header || route->field_strength == "unknown_allowed";
        if (shelf_ == nullptr) return plan;
        if (auto chosen = choose_enhancer(*route, series); chosen)
            plan.enhancer = *chosen;
        else
            return fail(chosen.error());
        return plan;
    }

  private:
    Result<Enhancer*> choose_enhancer(const config::Route& route,
                                      const SourceSeries& series) const {
        std::string id = overrides_.model.empty() ? route.model : overrides_.model;
        if (id.empty() && series.facts.contrast)
            id = shelf_->choose(*series.facts.contrast, config_.inference.default_model);
        if (id.empty()) return nullptr;
        return shelf_->enhancer(id);
    }

    config::Config config_;
    PlanOverrides overrides_;
    ModelShelf* shelf_;
};

}  // namespace

stages::Planner make_planner(const config::Config& config, PlanOverrides overrides,
                             ModelShelf& shelf) {
    return RoutePlanner(config, std::move(overrides), &shelf);
}

stages::Planner make_route_planner(const config::Config& config) {
    return RoutePlanner(config, {}, nullptr);
}

}  // namespace iqt::server
