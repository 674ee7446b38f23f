// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "pipeline/core/series.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::queue {

/// A stand-in for a DICOM object whose pixels, header and encoding can differ one by one.
struct Picture {
    std::string pixels = "pixels", header = "header", encoding = "explicit";
    std::string bytes() const { return pixels + '|' + header + '|' + encoding; }
};

inline std::string part_of(const ObjectBytes& object, int parts) {
    std::size_t end = 0;
    for (int n = 0; n < parts; ++n) end = object.data.find('|', end) + 1;
    return object.data.substr(0, end);
}

struct Sender {
    std::string series = "1.2.3", patient = "patient", name = "NAME", association = "a1";
    std::string calling_ae = "SCANNER";
};

/// Slice k of a classic series, 5 mm apart.
inline ReceivedInstance slice(int k, const Sender& from = {}, const Picture& picture = {}) {
    ReceivedInstance one;
    one.facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
    one.facts.sop_instance_uid = from.series + "." + std::to_string(k);
    one.facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    one.facts.study_uid = "1.2";
    one.facts.series_uid = from.series;
    one.facts.patient_id = from.patient;
    one.facts.identity_digest = digest::sha256_hex(from.patient + from.name);
    one.facts.position_lps_mm = Vec3{-100, -120, 5.0 * k};
    one.facts.orientation = std::array<double, 6>{1, 0, 0, 0, 1, 0};
    one.object.data =
        Picture{picture.pixels + std::to_string(k), picture.header, picture.encoding}.bytes();
    one.object.size = one.object.data.size();
    one.calling_ae = from.calling_ae;
    one.called_ae = "IQTNODE";
    one.peer_address = "192.0.2.7";
    one.association_id = from.association;
    return one;
}

inline ReceivedInstance enhanced_object(const Sender& from = {}) {
    ReceivedInstance one = slice(1, from);
    one.facts.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4.1";
    one.facts.multi_frame = true;
    one.facts.frames = 36;
    one.facts.position_lps_mm.reset();
    one.facts.orientation.reset();
    return one;
}

}  // namespace iqt::queue
