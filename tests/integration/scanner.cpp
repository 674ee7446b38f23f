// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/scanner.hpp"

#include <chrono>
#include <set>
#include <thread>

#include "dicom/net/store_scu.hpp"
#include "tests/fakes/head_phantom.hpp"

namespace iqt::integration {
namespace {

constexpr const char* kMrImage = "1.2.840.10008.5.1.4.1.1.4";
constexpr const char* kEnhancedMrImage = "1.2.840.10008.5.1.4.1.1.4.1";
// Between two tries of a node that refuses or is not there.
constexpr std::chrono::milliseconds kPause{20};

}  // namespace

std::string study_uid_of(int number) {
    return fixtures::SeriesRecipe{}.study_uid + "." + std::to_string(number + 1);
}

fixtures::SeriesRecipe recipe_of(const MadeSeries& series) {
    fixtures::SeriesRecipe made;
    const std::string number = std::to_string(series.number);
    made.study_uid = study_uid_of(series.number);
    made.series_uid += "." + number;
    made.instance_uid_prefix += number + ".";
    made.patient_id = series.patient_id;
    made.patient_name = series.patient_name;
    made.field_strength_t = series.field_strength_t;
    return made;
}

WrittenSeries write_series(const std::filesystem::path& folder, const MadeSeries& series) {
    std::filesystem::create_directories(folder);
    const Volume volume =
        fakes::head_phantom(series.size, {2.0, 2.0, series.slice_mm}, 20, series.head);
    const fixtures::SeriesRecipe recipe = recipe_of(series);
    const std::vector<std::string> objects =
        series.enhanced ? std::vector<std::string>{fixtures::enhanced_mr(volume, recipe)}
                        : fixtures::classic_mr(volume, recipe);
    WrittenSeries written{folder, {}};
    for (const std::filesystem::path& file : fixtures::write_files(folder, objects)) {
        OutgoingInstance one;
        one.delivery_id = static_cast<std::int64_t>(written.instances.size());
        one.sop_class_uid = series.enhanced ? kEnhancedMrImage : kMrImage;
        one.sop_instance_uid =
            recipe.instance_uid_prefix + std::to_string(written.instances.size() + 1);
        one.file = file;
        written.instances.push_back(one);
    }
    return written;
}

Destination node_as_destination(int port) {
    Destination there;
    there.name = "node";
    there.ae_title = "IQTNODE";
    there.address = "127.0.0.1";
    there.port = port;
    there.own_ae_title = "SCANNER";
    there.timeout_s = 5;
    return there;
}

void send_until_acknowledged(const WrittenSeries& series, int port, std::stop_token stop,
                             Again again,
                             const std::function<void(const OutgoingInstance&)>& acknowledged) {
    dicom::net::StoreScu scu;
    std::set<std::int64_t> missing;
    for (const OutgoingInstance& one : series.instances) missing.insert(one.delivery_id);
    while (!missing.empty() && !stop.stop_requested()) {
        std::vector<OutgoingInstance> batch;
        for (const OutgoingInstance& one : series.instances)
            if (again == Again::WholeSeries || missing.contains(one.delivery_id))
                batch.push_back(one);
        scu.send(node_as_destination(port), batch, stop, [&](const SendOutcome& outcome) {
            if (outcome.result != SendResult::Accepted) return;
            missing.erase(outcome.delivery_id);
            if (acknowledged)
                acknowledged(series.instances[static_cast<std::size_t>(outcome.delivery_id)]);
        });
        if (!missing.empty()) std::this_thread::sleep_for(kPause);
    }
}

}  // namespace iqt::integration
