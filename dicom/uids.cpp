// SPDX-License-Identifier: Apache-2.0
#include "dicom/uids.hpp"

#include "pipeline/digest/digest.hpp"

namespace iqt::dicom {

SeriesUids result_uids(const SourceSeries& source, const DerivedImages& images, OutputKind kind,
                       int instances) {
    const Provenance& how = images.provenance;
    digest::Sha256 hash;
    hash.add_field("iqt-node result 1");
    hash.add_field(to_string(kind));
    hash.add_field(source.series_uid);
    hash.add_field(source.identity_digest);
    hash.add_field(source.content_digest);
    hash.add_field(how.model.digest);
    hash.add_field(images.software_version);
    hash.add_field(images.parameters);
    hash.add_field(std::to_string(how.seed));
    hash.add_field(std::to_string(how.samples));
    hash.add_field(how.precision);
    hash.add_field(how.device);
    hash.add_field(how.tiling);
    if (kind == OutputKind::Report)
        hash.add_field(std::string(images.flags ? "flags" : "") +
                       (images.uncertainty ? "+uncertainty" : ""));
    const std::string name = hash.hex();

    SeriesUids uids;
    uids.series = digest::uid_from_name("series|" + name);
    uids.instances.reserve(static_cast<std::size_t>(instances));
    for (int k = 0; k < instances; ++k)
        uids.instances.push_back(
            digest::uid_from_name("instance|" + name + "|" + std::to_string(k)));
    return uids;
}

std::string made_up_frame_of_reference_uid(const SourceSeries& source) {
    return digest::uid_from_name("frame of reference|" + source.series_uid);
}

std::string device_observer_uid(const std::string& manufacturer, const std::string& station_name,
                                const std::string& serial) {
    digest::Sha256 hash;
    for (const std::string& part : {manufacturer, station_name, serial}) hash.add_field(part);
    return digest::uid_from_name("device|" + hash.hex());
}

}  // namespace iqt::dicom
