// SPDX-License-Identifier: Apache-2.0
#include "dicom/instance_header.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <tuple>

#include "dicom/attributes.hpp"
#include "dicom/instance_facts.hpp"
#include "dicom/uid_names.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom {
namespace {

constexpr TagNumber kSopClassUid = 0x00080016, kSopInstanceUid = 0x00080018;
constexpr TagNumber kStudyUid = 0x0020000d, kSeriesUid = 0x0020000e;
constexpr TagNumber kPatientName = 0x00100010, kPatientId = 0x00100020, kIssuer = 0x00100021;
constexpr TagNumber kBirthDate = 0x00100030, kSex = 0x00100040, kAccession = 0x00080050;
constexpr TagNumber kPosition = 0x00200032, kOrientation = 0x00200037;

Status take_uid(const Part10& object, TagNumber tag, const char* keyword, std::string& into) {
    into = trimmed(object.text(tag));
    if (into.empty())
        return fail(ErrorKind::InvalidInput, std::string(keyword) + " is missing or empty", {},
                    "the sender has to supply it");
    if (!is_uid(into))
        return fail(ErrorKind::InvalidInput, std::string(keyword) + " is not a UID", {},
                    "the sender has to supply digits and dots, 64 at most");
    return {};
}

template <std::size_t Count>
std::optional<std::array<double, Count>> numbers(const Part10& object, TagNumber tag) {
    const auto values = split_values(object.text(tag));
    if (values.size() != Count) return std::nullopt;
    std::array<double, Count> result{};
    for (std::size_t i = 0; i < Count; ++i) {
        const auto number = number_from(values[i]);
        if (!number) return std::nullopt;
        result[i] = *number;
    }
    return result;
}

/// Identity as bytes: a name in another encoding is another identity, which is the safe side.
std::string identity_digest(const Part10& object, const std::string& study_uid) {
    digest::Sha256 sha;
    for (const TagNumber tag : {kPatientId, kIssuer, kPatientName, kBirthDate, kSex})
        sha.add_field(object.text(tag));
    sha.add_field(study_uid);
    sha.add_field(object.text(kAccession));
    return sha.hex();
}

/// One element of the file meta group: Explicit VR Little Endian, value padded to even length.
void append_element(std::string& out, unsigned element, std::string_view vr, std::string value) {
    if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
    const auto byte = [](std::size_t number, int shift) {
        return static_cast<char>((number >> shift) & 0xffu);
    };
    out.append({'\x02', '\0', byte(element, 0), byte(element, 8)});
    out.append(vr);
    if (vr == "OB") {
        out.append({'\0', '\0', byte(value.size(), 0), byte(value.size(), 8),
                    byte(value.size(), 16), byte(value.size(), 24)});
    } else {
        out.append({byte(value.size(), 0), byte(value.size(), 8)});
    }
    out.append(value);
}

std::string four_bytes(std::size_t number) {
    std::string bytes;
    for (const int shift : {0, 8, 16, 24})
        bytes.push_back(static_cast<char>((number >> shift) & 0xffu));
    return bytes;
}

Error at_file(Error error, const std::filesystem::path& file) {
    if (error.where.empty()) error.where = file.string();
    return error;
}

}  // namespace

Result<InstanceFacts> instance_facts(const Part10& object) {
    InstanceFacts facts;
    facts.transfer_syntax_uid = object.transfer_syntax_uid;
    for (const auto& [tag, keyword, into] :
         {std::tuple{kSopClassUid, "SOPClassUID", &facts.sop_class_uid},
          std::tuple{kSopInstanceUid, "SOPInstanceUID", &facts.sop_instance_uid},
          std::tuple{kStudyUid, "StudyInstanceUID", &facts.study_uid},
          std::tuple{kSeriesUid, "SeriesInstanceUID", &facts.series_uid}})
        if (auto taken = take_uid(object, tag, keyword, *into); !taken)
            return fail(std::move(taken.error()));
    const auto layout = checked_pixel_layout(object, facts.sop_class_uid);
    if (!layout) return fail(layout.error());
    facts.frames = layout->frames;
    facts.patient_id = object.text(kPatientId);
    facts.patient_id_issuer = object.text(kIssuer);
    facts.identity_digest = identity_digest(object, facts.study_uid);
    facts.multi_frame = is_enhanced_mr(facts.sop_class_uid);
    if (!facts.multi_frame) {
        facts.position_lps_mm = numbers<3>(object, kPosition);
        facts.orientation = numbers<6>(object, kOrientation);
    }
    return facts;
}

Result<InstanceFacts> read_instance_facts(std::string_view part10) {
    try {
        const auto object = parse_part10(part10);
        if (!object) return fail(object.error());
        return instance_facts(*object);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "not enough memory to read an object's header");
    }
}

Result<InstanceFacts> read_instance_facts(const std::filesystem::path& file) {
    const auto view = ObjectView::open(file);
    if (!view) return fail(view.error());
    auto facts = read_instance_facts(view->bytes());
    if (!facts) return fail(at_file(std::move(facts.error()), file));
    return facts;
}

std::optional<std::string> series_uid_of_beginning(std::string_view part10) {
    try {
        const auto object = parse_part10(part10, WalkUntil::Cut);
        std::string uid;
        if (!object || !take_uid(*object, kSeriesUid, "SeriesInstanceUID", uid))
            return std::nullopt;
        return uid;
    } catch (const std::bad_alloc&) {
        return std::nullopt;
    }
}

std::string make_part10(std::string_view data_set, const std::string& sop_class_uid,
                        const std::string& sop_instance_uid, const std::string& transfer_syntax_uid,
                        const std::string& calling_ae) {
    static const std::string implementation = digest::uid_from_name("implementation class");
    std::string meta;
    append_element(meta, 0x0001, "OB", std::string("\0\x01", 2));
    append_element(meta, 0x0002, "UI", sop_class_uid);
    append_element(meta, 0x0003, "UI", sop_instance_uid);
    append_element(meta, 0x0010, "UI", transfer_syntax_uid);
    append_element(meta, 0x0012, "UI", implementation);
    append_element(meta, 0x0013, "SH", "IQTNODE_" IQT_VERSION);
    if (!calling_ae.empty()) append_element(meta, 0x0016, "AE", calling_ae.substr(0, 16));
    std::string file;
    file.reserve(192 + meta.size() + data_set.size());
    file.assign(128, '\0').append("DICM");
    append_element(file, 0x0000, "UL", four_bytes(meta.size()));
    file.append(meta).append(data_set);
    return file;
}

}  // namespace iqt::dicom
