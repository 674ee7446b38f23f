// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>
#include <variant>

#include "models/nifti.hpp"
#include "pipeline/digest/digest.hpp"
#include "server/exit_code.hpp"
#include "server/worker/enhance.hpp"

namespace iqt::server::worker {
namespace {

namespace fs = std::filesystem;

// Over size, spacing and values: the seed of the samples follows from it, so that equal volumes
// give equal results whatever their file is called and however it is compressed.
std::string digest_of(const Volume& volume) {
    const Geometry& geometry = volume.geometry;
    digest::Sha256 sha;
    sha.add(std::as_bytes(std::span(geometry.size)));
    sha.add(std::as_bytes(std::span(geometry.spacing_mm)));
    sha.add(std::as_bytes(std::span(volume.voxels)));
    return sha.hex();
}

SourceSeries series_of(Volume volume, std::optional<Contrast> contrast) {
    SourceSeries series;
    const auto axis = static_cast<std::size_t>(volume.geometry.slice_axis());
    series.facts.slice_count = volume.geometry.size[axis];
    series.facts.contrast = contrast;
    series.facts.contrast_source = "command line or file name";
    series.content_digest = digest_of(volume);
    series.volume = std::move(volume);
    return series;
}

Status write_warnings(const fs::path& file, const Assessment& found) {
    std::ofstream out(file, std::ios::binary);
    out << warnings_json(found);
    out.close();
    if (!out) return fail(ErrorKind::Io, "cannot write this file", file.string());
    return {};
}

// What warns goes before what it warns of.
Status write_results(const fs::path& output, const stages::Enhanced& done) {
    const std::string note(kIntendedUse);
    const Enhancement& result = done.enhancement;
    if (auto ok = write_warnings(output / "warnings.json", done.images.assessment); !ok) return ok;
    if (auto ok = models::nifti::write(output / "enhanced.nii.gz", result.mean, note); !ok)
        return ok;
    if (auto ok =
            models::nifti::write(output / "warning.nii.gz", done.images.assessment.mask, note);
        !ok)
        return ok;
    if (!result.provenance.model.has_uncertainty) return {};
    return models::nifti::write_4d(output / "uncertainty.nii.gz",
                                   {&result.total_sd, &result.intrinsic_sd, &result.parameter_sd},
                                   note);
}

}  // namespace

int enhance_nifti(const EnhanceJob& job, ModelShelf& shelf) {
    const std::string what = job.input.filename().string();
    auto volume = models::nifti::read(job.input);
    if (!volume) {
        report_failed(what, volume.error());
        return kSomeNotDone;
    }
    const auto contrast = job.contrast ? job.contrast : contrast_of_name(what);
    if (!contrast) {
        std::fprintf(stderr,
                     "%s: the file name does not say which contrast it is; add --contrast T1, T2 "
                     "or FLAIR\n",
                     what.c_str());
        return kUsage;
    }
    PlanOverrides overrides = job.overrides;
    overrides.no_dicom_header = true;
    auto outcome = stages::enhance_series(series_of(*std::move(volume), contrast),
                                          make_planner(job.config, overrides, shelf), nullptr, {},
                                          progress_for(what));
    if (!outcome) {
        report_failed(what, outcome.error());
        return kSomeNotDone;
    }
    if (const auto* declined = std::get_if<stages::Declined>(&*outcome)) {
        report_declined(what, *declined);
        return kSomeNotDone;
    }
    end_progress();
    const auto& enhanced = std::get<stages::Enhanced>(*outcome);
    if (auto written = write_results(job.output, enhanced); !written) {
        report_failed(what, written.error());
        return kFailed;
    }
    report_banners(what, enhanced.images.assessment);
    const bool spread = enhanced.enhancement.provenance.model.has_uncertainty;
    std::printf("%s: enhanced.nii.gz, warning.nii.gz, warnings.json%s\n", job.output.c_str(),
                spread ? ", uncertainty.nii.gz" : " (this model has no uncertainty)");
    return kDone;
}

}  // namespace iqt::server::worker
