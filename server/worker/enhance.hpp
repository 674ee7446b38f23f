// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "pipeline/core/clock.hpp"
#include "pipeline/core/series.hpp"
#include "pipeline/stages/enhance_series.hpp"
#include "server/planner.hpp"

namespace iqt::server::worker {

/// One run of `enhance`: what is to be done, and with what.
struct EnhanceJob {
    std::filesystem::path input, output;
    std::optional<Contrast> contrast;  ///< for NIfTI; from the file name where absent
    config::Config config;
    PlanOverrides overrides;
};

/// All series below a folder (or in one file): an output folder each, `NNN-KIND/`, with files
/// named by instance number. Series that are declined or fail are named on stderr with all their
/// reasons. Returns an exit code.
int enhance_dicom(const EnhanceJob& job, ModelShelf& shelf, const Clock& clock);

/// One NIfTI volume: enhanced.nii.gz, uncertainty.nii.gz (4-D: total, intrinsic, parameter SD;
/// only where the model has uncertainty), warning.nii.gz and warnings.json (warnings_json), since
/// no page carries the banners here. Returns an exit code.
int enhance_nifti(const EnhanceJob& job, ModelShelf& shelf);

/// True for *.nii and *.nii.gz.
bool is_nifti_name(const std::filesystem::path& file);

/// Contrast from a file name: FLAIR before T2 before T1, as a word of it.
std::optional<Contrast> contrast_of_name(const std::string& file_name);

/// Shows how far one series is: a line that is written over on a terminal, else nothing.
stages::Progress progress_for(const std::string& what);

/// Ends a progress line, so that what follows starts at the left.
void end_progress();

/// What a reader of an enhanced volume has to know besides its mask, as JSON: the banners, verdict,
/// sentences and figures of the check of the input, and the volume of each warning class in ml.
std::string warnings_json(const Assessment& found);

/// Prints one series' banners, a line each, on stderr; nothing where there are none.
void report_banners(const std::string& what, const Assessment& found);

/// Prints one series' reasons or error on stderr.
void report_declined(const std::string& what, const stages::Declined& declined);
void report_failed(const std::string& what, const Error& error);

}  // namespace iqt::server::worker
