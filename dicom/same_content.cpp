// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <new>

#include <dcmtk/dcmdata/dcostrmb.h>

#include "dicom/frames.hpp"
#include "dicom/instance_facts.hpp"
#include "dicom/instance_header.hpp"

namespace iqt::dicom {
namespace {

struct Content {
    Part10 object;
    std::string header;  ///< in one encoding, whatever the object's own
    StoredPixels pixels;
};

/// The header in Implicit VR Little Endian with explicit lengths and without group lengths: equal
/// bytes for equal tags and values, although one copy came with VRs and the other without.
Result<std::string> canonical_header(const Part10& object) {
    auto parsed = parse_header(object);
    if (!parsed) return fail(std::move(parsed.error()));
    DcmDataset& data_set = **parsed;
    data_set.computeGroupLengthAndPadding(EGL_withoutGL, EPD_withoutPadding,
                                          EXS_LittleEndianImplicit, EET_ExplicitLength);
    std::string bytes(data_set.calcElementLength(EXS_LittleEndianImplicit, EET_ExplicitLength) +
                          object.data_set.size() / 8 + 4096,
                      '\0');
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    data_set.transferInit();
    const OFCondition written = data_set.write(stream, EXS_LittleEndianImplicit, EET_ExplicitLength,
                                               nullptr, EGL_withoutGL, EPD_withoutPadding);
    data_set.transferEnd();
    if (written.bad())
        return fail(ErrorKind::InvalidInput,
                    std::string("the header cannot be compared: ") + written.text());
    stream.flush();
    void* start = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(start, length);
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

Result<Content> content_of(std::string_view file) {
    auto object = parse_part10(file);
    if (!object) return fail(std::move(object.error()));
    const auto facts = instance_facts(*object);
    if (!facts) return fail(facts.error());
    auto header = canonical_header(*object);
    if (!header) return fail(std::move(header.error()));
    auto pixels = decode_pixels(*object, facts->sop_class_uid);
    if (!pixels) return fail(std::move(pixels.error()));
    return Content{std::move(*object), std::move(*header), std::move(*pixels)};
}

bool equal_pixels(const Content& a, const Content& b) {
    if (a.pixels.undecodable.empty() != b.pixels.undecodable.empty()) return false;
    return pixel_digest(a.object, a.pixels) == pixel_digest(b.object, b.pixels);
}

Result<bool> compare(const ObjectBytes& a, const ObjectBytes& b, bool headers) {
    const auto first = ObjectView::open(a), second = ObjectView::open(b);
    if (!first) return fail(first.error());
    if (!second) return fail(second.error());
    const auto one = content_of(first->bytes());
    if (!one) return fail(one.error());
    if (first->bytes() == second->bytes()) return true;
    const auto other = content_of(second->bytes());
    if (!other) return fail(other.error());
    if (headers && one->header != other->header) return false;
    return equal_pixels(*one, *other);
}

Result<bool> compare_guarded(const ObjectBytes& a, const ObjectBytes& b, bool headers) {
    initialise();
    try {
        return compare(a, b, headers);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "not enough memory to compare two objects");
    } catch (const std::exception& error) {
        return fail(ErrorKind::Internal,
                    std::string("comparing two objects failed: ") + error.what());
    }
}

}  // namespace

Result<bool> same_content(const ObjectBytes& a, const ObjectBytes& b) {
    return compare_guarded(a, b, true);
}

Result<bool> same_pixels(const ObjectBytes& a, const ObjectBytes& b) {
    return compare_guarded(a, b, false);
}

}  // namespace iqt::dicom
