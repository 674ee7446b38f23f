// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "dicom/attributes.hpp"
#include "dicom/instance_facts.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/uid_names.hpp"

namespace iqt::dicom {
namespace {

namespace fs = std::filesystem;

/// All regular files below a folder, sorted by path; unreadable folders become errors.
std::vector<fs::path> files_below(const fs::path& folder, std::vector<Error>& unreadable) {
    std::vector<fs::path> files;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    const fs::recursive_directory_iterator end;
    while (!error && entry != end) {
        std::error_code ignored;
        if (entry->is_regular_file(ignored)) files.push_back(entry->path());
        entry.increment(error);
    }
    if (error)
        unreadable.push_back({ErrorKind::Io, "cannot read the folder: " + error.message(),
                              folder.string(), "check its permissions"});
    std::sort(files.begin(), files.end());
    return files;
}

void add_file(const fs::path& file, FolderScan& scan, std::map<std::string, std::size_t>& series) {
    const auto view = ObjectView::open(file);
    if (!view) {
        scan.unreadable.push_back(view.error());
        return;
    }
    const auto object = parse_part10(view->bytes());
    if (object && object->media_sop_class_uid == uid::kMediaDirectory) return;
    auto facts = object ? instance_facts(*object) : Result<InstanceFacts>(fail(object.error()));
    if (!facts) {
        scan.unreadable.push_back(std::move(facts.error()));
        scan.unreadable.back().where = file.string();
        return;
    }
    const std::string key = facts->patient_id_issuer + '\n' + facts->patient_id + '\n' +
                            facts->study_uid + '\n' + facts->series_uid;
    const auto [found, is_new] = series.try_emplace(key, scan.series.size());
    if (is_new) scan.series.push_back({key, {}});
    scan.series[found->second].files.push_back(file);
}

}  // namespace

FolderScan find_series(const std::filesystem::path& input) {
    FolderScan scan;
    std::map<std::string, std::size_t> series;
    std::error_code error;
    if (fs::is_directory(input, error)) {
        for (const fs::path& file : files_below(input, scan.unreadable))
            if (upper_case(file.filename().string()) != "DICOMDIR") add_file(file, scan, series);
    } else {
        add_file(input, scan, series);
    }
    return scan;
}

}  // namespace iqt::dicom
