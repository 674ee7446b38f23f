// SPDX-License-Identifier: Apache-2.0
#include "models/train/subjects.hpp"

#include <algorithm>
#include <cctype>
#include <system_error>

namespace iqt::models::train {
namespace {

namespace fs = std::filesystem;

bool is_nifti(const fs::path& file) {
    const std::string name = file.filename().string();
    return name.ends_with(".nii") || name.ends_with(".nii.gz");
}

std::optional<Contrast> contrast_of_word(std::string word) {
    if (word.size() == 3 && word.back() == 'W') word.pop_back();  // T1W, T2W
    return contrast_from(word);
}

}  // namespace

std::optional<Contrast> contrast_in_name(const fs::path& file) {
    std::optional<Contrast> found;
    std::string word;
    for (const char c : file.filename().string() + ".") {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            continue;
        }
        const auto contrast = contrast_of_word(word);
        word.clear();
        if (!contrast) continue;
        if (found && found != contrast) return std::nullopt;
        found = contrast;
    }
    return found;
}

Result<std::vector<fs::path>> find_volumes(const std::vector<fs::path>& paths) {
    std::vector<fs::path> files;
    for (const fs::path& path : paths) {
        std::error_code failed;
        if (fs::is_regular_file(path, failed)) {
            files.push_back(path);
            continue;
        }
        fs::directory_iterator entries(path, failed);
        if (failed)
            return fail(ErrorKind::NotFound, "there is no such file or folder", path.string());
        for (const fs::directory_entry& entry : entries)
            if (is_nifti(entry.path())) files.push_back(entry.path());
    }
    if (files.empty())
        return fail(ErrorKind::NotFound, "there is no .nii or .nii.gz file",
                    paths.empty() ? std::string() : paths.front().string());
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<int> slice_axis_from(const std::string& plane, const Geometry& geometry) {
    if (plane == "sagittal") return axis_along(geometry, 0);
    if (plane == "coronal") return axis_along(geometry, 1);
    if (plane == "axial") return axis_along(geometry, 2);
    return std::nullopt;
}

}  // namespace iqt::models::train
