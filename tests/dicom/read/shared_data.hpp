// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "pipeline/core/series.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::dicom::test {

/// The public interoperability data, which the repository does not hold; empty where absent.
inline std::filesystem::path shared_dicom() {
    const char* given = std::getenv("IQT_SHARED_DATA");
    std::filesystem::path root = given != nullptr ? given : IQT_SOURCE_DIR "/../shared/data";
    root /= "dicom";
    return std::filesystem::is_directory(root) ? root : std::filesystem::path{};
}

inline ObjectBytes on_disk(const std::filesystem::path& file) {
    ObjectBytes object;
    object.file = file;
    object.size = std::filesystem::file_size(file);
    return object;
}

inline SeriesSnapshot snapshot_of(const std::vector<std::filesystem::path>& files) {
    SeriesSnapshot snapshot;
    for (const auto& file : files) snapshot.objects.push_back(on_disk(file));
    return snapshot;
}

using fakes::TempFolder;

}  // namespace iqt::dicom::test

#define IQT_NEED_SHARED_DICOM(root)                                      \
    const std::filesystem::path root = iqt::dicom::test::shared_dicom(); \
    if ((root).empty())                                                  \
    GTEST_SKIP() << "interoperability data absent: set IQT_SHARED_DATA to their folder"
