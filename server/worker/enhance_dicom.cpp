// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>
#include <variant>

#include "dicom/encoder.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "pipeline/worker/result_files.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"
#include "server/worker/enhance.hpp"

namespace iqt::server::worker {
namespace {

namespace fs = std::filesystem;

std::string numbered(const char* format, std::size_t number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, number);
    return text.data();
}

Status write_series(const fs::path& folder, const EncodedSeries& series) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code)
        return fail(ErrorKind::Io, "cannot make the folder: " + code.message(), folder.string());
    for (std::size_t index = 0; index < series.instances.size(); ++index) {
        const fs::path file = folder / numbered("%04zu.dcm", index + 1);
        if (auto done = iqt::worker::write_durably(file, series.instances[index].bytes); !done)
            return done;
    }
    return {};
}

Status write_all(const fs::path& output, std::size_t number,
                 const std::vector<EncodedSeries>& series) {
    for (const EncodedSeries& one : series) {
        const std::string name = numbered("%03zu-", number) + std::string(to_string(one.kind));
        if (auto done = write_series(output / name, one); !done) return done;
        std::printf("%s  %zu images\n", (output / name).c_str(), one.instances.size());
    }
    return {};
}

SeriesSnapshot snapshot_of(const dicom::SeriesFiles& files) {
    SeriesSnapshot snapshot;
    std::error_code code;
    for (const fs::path& file : files.files) {
        ObjectBytes object;
        object.file = file;
        object.size = fs::file_size(file, code);
        snapshot.objects.push_back(std::move(object));
    }
    return snapshot;
}

// How the person who gave the input knows a series: by where its files lie.
std::string name_of(const fs::path& input, const dicom::SeriesFiles& files) {
    const fs::path& first = files.files.front();
    const fs::path shown = files.files.size() == 1 ? first : first.parent_path();
    std::error_code code;
    const fs::path relative = fs::relative(shown, input, code);
    const bool whole = code || relative.empty() || relative == ".";
    return (whole ? shown : relative).string() + " (" + std::to_string(files.files.size()) +
           (files.files.size() == 1 ? " file)" : " files)");
}

class SeriesRun {
  public:
    SeriesRun(const EnhanceJob& job, ModelShelf& shelf, const Clock& clock)
        : job_(job),
          planner_(make_planner(job.config, job.overrides, shelf)),
          encoder_(encoder_options(job.config), clock) {}

    /// Whether the series was enhanced and written.
    bool enhance(const dicom::SeriesFiles& files, std::size_t number, std::size_t count) {
        const std::string what = "series " + std::to_string(number) + "/" + std::to_string(count) +
                                 "  " + name_of(job_.input, files);
        auto outcome = stages::enhance_series(snapshot_of(files), reader_, planner_, &encoder_, {},
                                              progress_for(what));
        if (!outcome) {
            report_failed(what, outcome.error());
            return false;
        }
        const auto* declined = std::get_if<stages::Declined>(&*outcome);
        if (declined != nullptr) report_declined(what, *declined);
        end_progress();
        const auto* enhanced = std::get_if<stages::Enhanced>(&*outcome);
        if (enhanced != nullptr) report_banners(what, enhanced->images.assessment);
        const Status written = write_all(job_.output, number,
                                         enhanced != nullptr ? enhanced->series : declined->notice);
        if (!written) report_failed(what, written.error());
        return written && declined == nullptr;
    }

  private:
    const EnhanceJob& job_;
    stages::Planner planner_;
    dicom::DicomSeriesReader reader_;
    dicom::DicomEncoder encoder_;
};

}  // namespace

int enhance_dicom(const EnhanceJob& job, ModelShelf& shelf, const Clock& clock) {
    const dicom::FolderScan scan = dicom::find_series(job.input);
    for (const Error& error : scan.unreadable)
        std::fprintf(stderr, "not read: %s\n", to_string(error).c_str());
    if (scan.series.empty()) {
        std::fprintf(stderr, "%s: no DICOM series found\n", job.input.c_str());
        return scan.unreadable.empty() ? kFailed : kSomeNotDone;
    }
    SeriesRun run(job, shelf, clock);
    std::size_t number = 0, done = 0;
    for (const dicom::SeriesFiles& files : scan.series)
        if (run.enhance(files, ++number, scan.series.size())) ++done;
    std::printf("%zu of %zu series enhanced\n", done, scan.series.size());
    return done == scan.series.size() && scan.unreadable.empty() ? kDone : kSomeNotDone;
}

}  // namespace iqt::server::worker
