// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "pipeline/core/assert.hpp"

// One object with any bytes is a series with a whole volume, a series with facts, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool kReady = (iqt::dicom::initialise(), true);
    IQT_ASSERT(kReady);
    iqt::SeriesSnapshot snapshot;
    iqt::ObjectBytes object;
    object.data.assign(reinterpret_cast<const char*>(data), size);
    object.size = size;
    snapshot.objects.push_back(std::move(object));
    const auto series = iqt::dicom::DicomSeriesReader().read(snapshot);
    if (series && series->volume)
        IQT_ASSERT(series->volume->voxels.size() == series->volume->geometry.voxel_count());
    return 0;
}
