// SPDX-License-Identifier: Apache-2.0
#include "dicom/frames.hpp"

#include <bit>
#include <cstring>

#include <dcmtk/dcmdata/dcistrmb.h>

#include "dicom/codecs.hpp"
#include "dicom/jpeg_check.hpp"
#include "dicom/rle.hpp"
#include "dicom/uid_names.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom {
namespace {

static_assert(std::endian::native == std::endian::little, "stored values are read as they lie");

/// Parses the first `end` bytes of the data set.
Result<std::unique_ptr<DcmDataset>> parse(const Part10& object, std::size_t end,
                                          E_TransferSyntax syntax) {
    auto data_set = std::make_unique<DcmDataset>();
    if (end == 0) return data_set;
    const std::string_view bytes = object.data_set.substr(0, end);
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    data_set->transferInit();
    const OFCondition read = data_set->read(stream, syntax);
    data_set->transferEnd();
    if (read.bad())
        return fail(ErrorKind::InvalidInput,
                    std::string("the data set cannot be read: ") + read.text(), {},
                    "send the object again");
    return data_set;
}

E_TransferSyntax native_syntax(Encoding encoding) {
    switch (encoding) {
        case Encoding::ImplicitLittle:
            return EXS_LittleEndianImplicit;
        case Encoding::ExplicitBig:
            return EXS_BigEndianExplicit;
        case Encoding::ExplicitLittle:
            break;
    }
    return EXS_LittleEndianExplicit;
}

std::string unsupported_format(const Part10& object, const PixelLayout& layout,
                               std::string_view sop_class_uid) {
    if (!is_mr_image(sop_class_uid)) return "the objects are not MR images";
    if (!can_decode(object.transfer_syntax_uid))
        return "the pixel data are compressed with " +
               transfer_syntax_name(object.transfer_syntax_uid) +
               ", which this product cannot decode; send the series uncompressed";
    if (layout.samples != 1) return "the images are in colour";
    if (object.text(0x00280004) != "MONOCHROME2")
        return "the images are not of photometric interpretation MONOCHROME2";
    if (layout.bits_allocated != 8 && layout.bits_allocated != 16)
        return "the images have " + std::to_string(layout.bits_allocated) +
               " bits allocated per pixel; 8 and 16 can be read";
    if (layout.bits_stored < 1 || layout.bits_stored > layout.bits_allocated ||
        layout.high_bit + 1 < layout.bits_stored || layout.high_bit >= layout.bits_allocated)
        return "BitsStored and HighBit contradict BitsAllocated";
    return {};
}

/// Moves raw samples down to bit 0 and drops the bits around them.
void normalise(std::span<std::uint16_t> values, const PixelLayout& layout) {
    const int shift = layout.high_bit + 1 - layout.bits_stored;
    const auto mask = static_cast<std::uint16_t>((1u << layout.bits_stored) - 1u);
    if (shift == 0 && mask == 0xffff) return;
    for (std::uint16_t& value : values) value = static_cast<std::uint16_t>((value >> shift) & mask);
}

void take_samples(std::string_view raw, int bits_allocated, std::span<std::uint16_t> into) {
    if (bits_allocated == 16) {
        std::memcpy(into.data(), raw.data(), into.size_bytes());
        return;
    }
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = static_cast<unsigned char>(raw[i]);
}

void take_native(const Part10& object, const ElementSpan& span, StoredPixels& pixels) {
    std::string_view raw = object.value(span);
    const bool words = std::string_view(span.vr.data(), 2) != "OB";
    std::string swapped;
    if (object.encoding == Encoding::ExplicitBig && words) {
        swapped.assign(raw);
        for (std::size_t i = 0; i + 1 < swapped.size(); i += 2)
            std::swap(swapped[i], swapped[i + 1]);
        raw = swapped;
    }
    take_samples(raw, pixels.layout.bits_allocated, pixels.values);
}

/// The fragments of encapsulated pixel data without the offset table; walk_elements has checked
/// their lengths.
std::vector<std::string_view> fragments_of(const Part10& object, const ElementSpan& span) {
    std::vector<std::string_view> fragments;
    const std::string_view bytes = object.value(span);
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at + 4, sizeof length);
        fragments.push_back(bytes.substr(at + 8, length));
        at += 8 + std::size_t{length};
    }
    if (!fragments.empty()) fragments.erase(fragments.begin());
    return fragments;
}

/// The reason why decoding failed; "" where it did not.
std::string take_rle(const Part10& object, const ElementSpan& span, StoredPixels& pixels) {
    const auto fragments = fragments_of(object, span);
    // PS3.5 A.4.2: one fragment per frame.
    if (fragments.size() != static_cast<std::size_t>(pixels.layout.frames))
        return "the number of fragments is not that of the frames";
    const std::size_t frame_size = pixels.layout.voxels() / fragments.size();
    for (std::size_t frame = 0; frame < fragments.size(); ++frame) {
        if (frame == 1) pixels.values.resize(pixels.layout.voxels());
        if (frame == 0) pixels.values.resize(frame_size);
        if (!unpack_rle(fragments[frame], pixels.layout.bits_allocated / 8,
                        std::span(pixels.values).subspan(frame * frame_size, frame_size)))
            return "a frame holds fewer pixels than the header states";
    }
    return {};
}

/// The reason why decoding failed; "" where it did not.
std::string take_compressed(const Part10& object, const ElementSpan& span, StoredPixels& pixels) {
    if (object.transfer_syntax_uid == uid::kRle) return take_rle(object, span, pixels);
    if (is_jpeg(object.transfer_syntax_uid))
        for (const std::string_view fragment : fragments_of(object, span))
            if (!is_sound_jpeg(fragment, pixels.layout)) return "a frame's header is not sound";
    auto parsed = parse(object, span.end, DcmXfer(object.transfer_syntax_uid.c_str()).getXfer());
    if (!parsed) return "the data set cannot be read";
    DcmElement* element = nullptr;
    (*parsed)->findAndGetElement(DCM_PixelData, element);
    auto* data = dynamic_cast<DcmPixelData*>(element);
    if (data == nullptr) return "there are no pixel data";
    Uint32 size = 0;
    if (data->getUncompressedFrameSize(parsed->get(), size).bad()) return "unknown frame size";
    const auto frame_size = static_cast<std::size_t>(pixels.layout.rows) *
                            static_cast<std::size_t>(pixels.layout.columns);
    const auto sample_bytes = static_cast<std::size_t>(pixels.layout.bits_allocated / 8);
    if (size < frame_size * sample_bytes) return "unexpected frame size";
    std::string buffer(size + size % 2, '\0');
    Uint32 fragment = 0;
    for (int frame = 0; frame < pixels.layout.frames; ++frame) {
        OFString colour_model;
        const OFCondition decoded = data->getUncompressedFrame(
            parsed->get(), static_cast<Uint32>(frame), fragment, buffer.data(),
            static_cast<Uint32>(buffer.size()), colour_model);
        if (decoded.bad()) return decoded.text();
        // Only now: a damaged object should not cost the memory of all frames that it claims.
        if (frame == 0) pixels.values.resize(pixels.layout.voxels());
        take_samples(buffer, pixels.layout.bits_allocated,
                     std::span(pixels.values)
                         .subspan(static_cast<std::size_t>(frame) * frame_size, frame_size));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<DcmDataset>> parse_header(const Part10& object) {
    const ElementSpan* pixels = object.find(kPixelDataTag);
    const std::size_t end = pixels == nullptr ? object.data_set.size() : pixels->begin;
    return parse(object, end, native_syntax(object.encoding));
}

Result<StoredPixels> decode_pixels(const Part10& object, std::string_view sop_class_uid) {
    auto layout = checked_pixel_layout(object, sop_class_uid);
    if (!layout) return fail(std::move(layout.error()));
    StoredPixels pixels;
    pixels.layout = *layout;
    pixels.undecodable = unsupported_format(object, *layout, sop_class_uid);
    if (!pixels.undecodable.empty()) return pixels;
    const ElementSpan* span = object.find(kPixelDataTag);
    if (!object.encapsulated) {
        pixels.values.resize(layout->voxels());
        take_native(object, *span, pixels);
    } else if (const std::string why = take_compressed(object, *span, pixels); !why.empty()) {
        pixels.values.clear();
        pixels.undecodable = "the pixel data (" + transfer_syntax_name(object.transfer_syntax_uid) +
                             ") are damaged: " + why;
        return pixels;
    }
    normalise(pixels.values, *layout);
    return pixels;
}

std::string pixel_digest(const Part10& object, const StoredPixels& pixels) {
    digest::Sha256 sha;
    for (const int number : {pixels.layout.rows, pixels.layout.columns, pixels.layout.frames})
        sha.add_field(std::to_string(number));
    if (pixels.undecodable.empty()) {
        sha.add(std::as_bytes(std::span(pixels.values)));
    } else if (const ElementSpan* span = object.find(kPixelDataTag)) {
        sha.add_field(object.transfer_syntax_uid).add_field(object.value(*span));
    }
    return sha.hex();
}

}  // namespace iqt::dicom
