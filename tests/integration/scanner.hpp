// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/core/delivery.hpp"
#include "tests/fixtures/dicom_builder.hpp"

/// What a scanner sends, and how it goes on when the node is gone for a while.
namespace iqt::integration {

/// A T2 series of a synthetic head, made up by its number.
struct MadeSeries {
    int number = 0;                          ///< part of its UIDs, those of the study too
    std::array<int, 3> size = {24, 28, 12};  ///< voxels of 2 x 2 mm in plane
    double slice_mm = 5.0;                   ///< from slice to slice
    unsigned head = 0;                       ///< series of the same head have equal pixels
    std::string patient_id = "IQT-0001", patient_name = "IQTTEST^SYNTHETIC";
    double field_strength_t = 0.064;
    bool enhanced = false;  ///< one multi-frame object instead of one for each slice
};

fixtures::SeriesRecipe recipe_of(const MadeSeries& series);
std::string study_uid_of(int number);

/// The files of a series and what each of them is.
struct WrittenSeries {
    std::filesystem::path folder;
    std::vector<OutgoingInstance> instances;  ///< delivery_id is the index
};

WrittenSeries write_series(const std::filesystem::path& folder, const MadeSeries& series);

/// The node of this port as a place to send to, called by SCANNER.
Destination node_as_destination(int port);

/// What is sent again after an association was lost or an object refused.
enum class Again { Missing, WholeSeries };

/// Sends until every instance was answered with success once, whatever happens to the node in
/// between, or until `stop`. `acknowledged` is called with each success, again with those that are
/// sent again.
void send_until_acknowledged(const WrittenSeries& series, int port, std::stop_token stop,
                             Again again = Again::Missing,
                             const std::function<void(const OutgoingInstance&)>& acknowledged = {});

}  // namespace iqt::integration
