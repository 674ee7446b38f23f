// SPDX-License-Identifier: Apache-2.0
#include "dicom/part10.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dicom/attributes.hpp"
#include "dicom/codecs.hpp"
#include "dicom/uid_names.hpp"

namespace iqt::dicom {
namespace {

constexpr std::size_t kPreamble = 128, kMetaBegin = 132;

tl::unexpected<Error> invalid(std::string what, std::string hint = "send the object again") {
    return fail(ErrorKind::InvalidInput, std::move(what), {}, std::move(hint));
}

tl::unexpected<Error> io_error(const char* what, const std::filesystem::path& file) {
    return fail(ErrorKind::Io, std::string(what) + ": " + std::strerror(errno), file.string());
}

std::string_view text_of(std::string_view bytes, const ElementSpan& span) {
    std::string_view text = bytes.substr(span.value, span.length);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    return text;
}

struct Meta {
    std::string transfer_syntax_uid, sop_class_uid;
    std::size_t end = 0;
};

/// Where the file meta group ends according to its group length; 0 where that cannot be true.
std::size_t stated_meta_end(std::string_view file) {
    static constexpr std::string_view kGroupLength("\x02\0\0\0UL\x04\0", 8);
    if (file.size() < kMetaBegin + 12 || file.substr(kMetaBegin, 8) != kGroupLength) return 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
        length |= static_cast<std::size_t>(static_cast<unsigned char>(file[kMetaBegin + 8 + i]))
                  << (8 * i);
    const std::size_t end = kMetaBegin + 12 + length;
    return end <= file.size() ? end : 0;
}

Result<Meta> parse_meta(std::string_view file) {
    // The group length first: what follows the group may be deflated, that is, look like anything.
    Result<std::vector<ElementSpan>> spans = std::vector<ElementSpan>{};
    if (const std::size_t end = stated_meta_end(file); end > 0)
        spans = walk_elements(file.substr(0, end), kMetaBegin, Encoding::ExplicitLittle,
                              WalkUntil::GroupEnd);
    if (!spans || spans->empty() || spans->back().end != stated_meta_end(file))
        spans = walk_elements(file, kMetaBegin, Encoding::ExplicitLittle, WalkUntil::GroupEnd);
    if (!spans) return fail(std::move(spans.error()));
    Meta meta;
    for (const ElementSpan& span : *spans) {
        if ((span.tag >> 16) != 2) return invalid("the file meta information is missing");
        meta.end = span.end;
        if (span.tag == 0x00020010) meta.transfer_syntax_uid = text_of(file, span);
        if (span.tag == 0x00020002) meta.sop_class_uid = text_of(file, span);
    }
    return meta;
}

Result<std::shared_ptr<const std::string>> inflate(std::string_view deflated) {
    if (deflated.empty()) return invalid("the deflated data set is empty");
    DcmInputBufferStream stream;
    stream.setBuffer(deflated.data(), static_cast<offile_off_t>(deflated.size()));
    stream.setEos();
    if (stream.installCompressionFilter(ESC_zlib).bad())
        return invalid("the deflated data set cannot be inflated");
    auto result = std::make_shared<std::string>();
    std::vector<char> chunk(1 << 18);
    while (stream.good() && !stream.eos()) {
        const offile_off_t count =
            stream.read(chunk.data(), static_cast<offile_off_t>(chunk.size()));
        if (count <= 0) break;
        if (result->size() + static_cast<std::size_t>(count) > kInflatedBytesMax)
            return invalid("the deflated data set grows beyond 1 GiB", "send it uncompressed");
        result->append(chunk.data(), static_cast<std::size_t>(count));
    }
    if (stream.status().bad()) return invalid("the deflated data set is damaged");
    return std::shared_ptr<const std::string>(std::move(result));
}

}  // namespace

Result<ObjectView> ObjectView::open(const ObjectBytes& object) {
    if (!object.file.empty()) return open(object.file);
    ObjectView view;
    view.bytes_ = object.data;
    return view;
}

Result<ObjectView> ObjectView::open(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return io_error("cannot open the file", file);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return fail(ErrorKind::Io, "not a regular file", file.string());
    }
    ObjectView view;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > 0) {
        void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (address == MAP_FAILED) {
            ::close(descriptor);
            return io_error("cannot read the file", file);
        }
        view.bytes_ = {static_cast<const char*>(address), size};
        view.mapping_ = std::shared_ptr<const void>(
            address, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
    }
    ::close(descriptor);
    return view;
}

const ElementSpan* Part10::find(TagNumber tag) const {
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [tag](const ElementSpan& span) { return span.tag == tag; });
    return found == elements.end() ? nullptr : &*found;
}

std::string_view Part10::text(TagNumber tag) const {
    const ElementSpan* span = find(tag);
    return span == nullptr ? std::string_view{} : text_of(data_set, *span);
}

std::optional<int> Part10::number(TagNumber tag) const {
    const ElementSpan* span = find(tag);
    if (span == nullptr || span->length < 2) return std::nullopt;
    const int first = static_cast<unsigned char>(data_set[span->value]);
    const int second = static_cast<unsigned char>(data_set[span->value + 1]);
    return encoding == Encoding::ExplicitBig ? first * 256 + second : second * 256 + first;
}

Result<Part10> parse_part10(std::string_view file, WalkUntil until) {
    if (file.size() < kMetaBegin || file.substr(kPreamble, 4) != "DICM")
        return invalid("not a DICOM file: the mark DICM after the preamble is missing", {});
    auto meta = parse_meta(file);
    if (!meta) return fail(std::move(meta.error()));
    if (!is_uid(meta->transfer_syntax_uid))
        return invalid("the file meta information names no transfer syntax");
    Part10 object;
    object.transfer_syntax_uid = std::move(meta->transfer_syntax_uid);
    object.media_sop_class_uid = std::move(meta->sop_class_uid);
    object.encoding = encoding_of(object.transfer_syntax_uid);
    object.encapsulated = is_encapsulated(object.transfer_syntax_uid);
    object.data_set = file.substr(meta->end);
    if (object.transfer_syntax_uid == uid::kDeflated) {
        auto inflated = inflate(object.data_set);
        if (!inflated) return fail(std::move(inflated.error()));
        object.inflated = std::move(*inflated);
        object.data_set = *object.inflated;
    }
    auto elements = walk_elements(object.data_set, 0, object.encoding, until);
    if (!elements) return fail(std::move(elements.error()));
    object.elements = std::move(*elements);
    return object;
}

bool is_uid(std::string_view text) {
    if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (text[i] != '.' || text[i - 1] == '.')) return false;
    }
    return true;
}

Result<PixelLayout> checked_pixel_layout(const Part10& object, std::string_view sop_class_uid) {
    const ElementSpan* pixels = object.find(kPixelDataTag);
    PixelLayout layout;
    layout.rows = object.number(0x00280010).value_or(0);
    layout.columns = object.number(0x00280011).value_or(0);
    layout.samples = object.number(0x00280002).value_or(1);
    layout.bits_allocated = object.number(0x00280100).value_or(0);
    layout.bits_stored = object.number(0x00280101).value_or(layout.bits_allocated);
    layout.high_bit = object.number(0x00280102).value_or(layout.bits_stored - 1);
    layout.is_signed = object.number(0x00280103).value_or(0) == 1;
    if (const auto text = object.text(0x00280008); !text.empty()) {
        const auto frames = number_from(text);
        if (!frames || *frames < 1 || *frames > 1e9)
            return invalid("NumberOfFrames is not a positive whole number");
        layout.frames = static_cast<int>(*frames);
    }
    if (pixels == nullptr) {
        if (is_mr_image(sop_class_uid))
            return invalid("the image has no pixel data; the object may have been cut off");
        return layout;
    }
    if (layout.rows < 1 || layout.columns < 1 || layout.samples < 1 || layout.bits_allocated < 1)
        return invalid("Rows, Columns, SamplesPerPixel or BitsAllocated is missing or 0");
    // Each factor is below 2^31, 2^16, 2^16: the product fits.
    if (layout.voxels() > kVoxelsMax)
        return invalid("the image claims " + std::to_string(layout.voxels()) +
                           " voxels, more than this product takes",
                       "check NumberOfFrames, Rows and Columns");
    if (!object.encapsulated && pixels->undefined_length)
        return invalid("the pixel data are compressed although the transfer syntax says otherwise");
    if (!object.encapsulated && pixels->length < layout.native_bytes())
        return invalid("the pixel data hold " + std::to_string(pixels->length) +
                       " bytes, the header promises " + std::to_string(layout.native_bytes()));
    if (object.encapsulated && is_mr_image(sop_class_uid) && pixels->fragments < layout.frames)
        return invalid("the pixel data hold " + std::to_string(pixels->fragments) +
                       " compressed fragments for " + std::to_string(layout.frames) + " frames");
    return layout;
}

}  // namespace iqt::dicom
