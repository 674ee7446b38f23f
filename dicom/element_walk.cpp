// SPDX-License-Identifier: Apache-2.0
#include "dicom/element_walk.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

namespace iqt::dicom {
namespace {

constexpr std::uint32_t kUndefined = 0xffffffff;
constexpr TagNumber kItem = 0xfffee000, kItemEnd = 0xfffee00d, kSequenceEnd = 0xfffee0dd;
/// Not an ErrorKind of its own: tells a walk that may fail (trial) from one that must be obeyed.
constexpr const char* kTooDeep = "sequences are nested too deeply";
constexpr const char* kTooMany = "the object has too many elements";

using Vr = std::array<char, 2>;

std::string tag_text(TagNumber tag) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "(%04x,%04x)", tag >> 16, tag & 0xffffu);
    return text.data();
}

bool has_long_length(Vr vr) {
    static constexpr std::array<std::string_view, 13> kLong{
        "OB", "OW", "OF", "OD", "OL", "OV", "SQ", "UC", "UR", "UT", "UN", "SV", "UV"};
    const std::string_view name(vr.data(), 2);
    return std::find(kLong.begin(), kLong.end(), name) != kLong.end();
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

struct Header {
    TagNumber tag = 0;
    Vr vr{' ', ' '};
    std::uint32_t length = 0;
    std::size_t value = 0;
};

class Walker {
  public:
    explicit Walker(std::string_view bytes) : bytes_(bytes) {}

    Result<std::vector<ElementSpan>> top_level(std::size_t begin, Encoding encoding,
                                               WalkUntil until);

  private:
    std::uint32_t u16(std::size_t at, Encoding encoding) const;
    std::uint32_t u32(std::size_t at, Encoding encoding) const;
    TagNumber tag_at(std::size_t at, Encoding encoding) const {
        return (u16(at, encoding) << 16) | u16(at + 2, encoding);
    }
    Result<Header> header(std::size_t at, std::size_t end, Encoding encoding) const;
    /// Position after the element whose header is given; sets the span's value and length.
    Result<std::size_t> value(const Header& header, std::size_t end, Encoding encoding, int depth,
                              ElementSpan& span);
    Result<std::size_t> items(std::size_t at, std::size_t end, Encoding encoding, int depth,
                              bool undefined);
    Result<std::size_t> item_content(std::size_t at, std::size_t end, Encoding encoding, int depth,
                                     bool undefined);
    Result<std::size_t> fragments(std::size_t at, std::size_t end, Encoding encoding,
                                  ElementSpan& span) const;
    Status trial(const Header& header, int depth);
    bool only_zeros(std::size_t at) const {
        return bytes_.find_first_not_of('\0', at) == std::string_view::npos;
    }
    static tl::unexpected<Error> bad(std::string what) {
        return fail(ErrorKind::InvalidInput, std::move(what), {}, "send the object again");
    }
    static tl::unexpected<Error> truncated(TagNumber tag) {
        return bad("the object ends inside element " + tag_text(tag));
    }

    std::string_view bytes_;
    std::size_t count_ = 0;
};

std::uint32_t Walker::u16(std::size_t at, Encoding encoding) const {
    const auto a = static_cast<unsigned char>(bytes_[at]);
    const auto b = static_cast<unsigned char>(bytes_[at + 1]);
    return encoding == Encoding::ExplicitBig ? (std::uint32_t{a} << 8) | b
                                             : (std::uint32_t{b} << 8) | a;
}

std::uint32_t Walker::u32(std::size_t at, Encoding encoding) const {
    const std::uint32_t first = u16(at, encoding), second = u16(at + 2, encoding);
    return encoding == Encoding::ExplicitBig ? (first << 16) | second : (second << 16) | first;
}

Result<Header> Walker::header(std::size_t at, std::size_t end, Encoding encoding) const {
    if (end - at < 8) return bad("the object ends inside an element's header");
    Header h;
    h.tag = tag_at(at, encoding);
    if (encoding == Encoding::ImplicitLittle || (h.tag >> 16) == 0xfffe) {
        h.length = u32(at + 4, encoding);
        h.value = at + 8;
        return h;
    }
    h.vr = {bytes_[at + 4], bytes_[at + 5]};
    // PS3.5 7.1.2; a VR of later editions has a 32-bit length, letters that are no VR a 16-bit one.
    static constexpr std::string_view kShort =
        "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";
    const bool is_short = kShort.find(std::string_view(h.vr.data(), 2)) != std::string_view::npos;
    const bool letters = is_upper(h.vr[0]) && is_upper(h.vr[1]);
    if (has_long_length(h.vr) || (letters && !is_short)) {
        if (end - at < 12) return truncated(h.tag);
        h.length = u32(at + 8, encoding);
        h.value = at + 12;
    } else {
        h.length = u16(at + 6, encoding);
        h.value = at + 8;
    }
    return h;
}

Result<std::size_t> Walker::fragments(std::size_t at, std::size_t end, Encoding encoding,
                                      ElementSpan& span) const {
    int count = 0;
    while (end - at >= 8) {
        const TagNumber tag = tag_at(at, encoding);
        const std::uint32_t length = u32(at + 4, encoding);
        if (tag == kSequenceEnd) {
            span.length = at - span.value;
            span.fragments = std::max(count - 1, 0);  // the first item is the offset table
            return at + 8;
        }
        if (tag != kItem || length == kUndefined || length > end - at - 8)
            return bad("the compressed pixel data are damaged or end too early");
        at += 8 + length;
        ++count;
    }
    return bad("the compressed pixel data end too early");
}

Result<std::size_t> Walker::item_content(std::size_t at, std::size_t end, Encoding encoding,
                                         int depth, bool undefined) {
    while (at < end) {
        auto h = header(at, end, encoding);
        if (!h) return fail(std::move(h.error()));
        if (h->tag == kItemEnd) return h->value;
        ElementSpan span;
        auto next = value(*h, end, encoding, depth, span);
        if (!next) return next;
        at = *next;
    }
    if (undefined) return bad("a sequence item ends too early");
    return at;
}

Result<std::size_t> Walker::items(std::size_t at, std::size_t end, Encoding encoding, int depth,
                                  bool undefined) {
    if (depth >= kNestingMax) return bad(kTooDeep);
    while (at < end) {
        if (end - at < 8) return bad("a sequence ends too early");
        const TagNumber tag = tag_at(at, encoding);
        const std::uint32_t length = u32(at + 4, encoding);
        at += 8;
        if (tag == kSequenceEnd) return at;
        if (tag != kItem) return bad("a sequence holds something other than items");
        const bool open = length == kUndefined;
        if (!open && length > end - at) return bad("a sequence item ends before its stated length");
        auto next = item_content(at, open ? end : at + length, encoding, depth + 1, open);
        if (!next) return next;
        at = open ? *next : at + length;
    }
    if (undefined) return bad("a sequence ends too early");
    return at;
}

Status Walker::trial(const Header& h, int depth) {
    // Without a VR only a dictionary tells a sequence from a string of bytes. DCMTK has one, so
    // what looks like a sequence is held to the bounds; that it is malformed may be chance.
    auto walked = items(h.value, h.value + h.length, Encoding::ImplicitLittle, depth, false);
    if (!walked && (walked.error().what == kTooDeep || walked.error().what == kTooMany))
        return fail(std::move(walked.error()));
    return {};
}

Result<std::size_t> Walker::value(const Header& h, std::size_t end, Encoding encoding, int depth,
                                  ElementSpan& span) {
    if (++count_ > kElementsMax) return bad(kTooMany);
    if ((h.tag >> 16) == 0xfffe) return bad("a sequence delimiter stands where none belongs");
    const std::string_view vr(h.vr.data(), 2);
    const bool no_vr = vr == "  " || vr == "UN";
    const Encoding inner = vr == "UN" ? Encoding::ImplicitLittle : encoding;
    span.tag = h.tag;
    span.vr = h.vr;
    span.value = h.value;
    if (h.length == kUndefined) {
        span.undefined_length = true;
        Result<std::size_t> next = h.value;
        if (h.tag == kPixelDataTag || vr == "OB" || vr == "OW")
            next = fragments(h.value, end, encoding, span);
        else if (vr == "SQ" || no_vr)
            next = items(h.value, end, inner, depth, true);
        else
            return bad("element " + tag_text(h.tag) + " states no length");
        if (next && span.length == 0) span.length = *next - 8 - h.value;
        if (next) span.end = *next;
        return next;
    }
    if (h.length > end - h.value) return truncated(h.tag);
    span.length = h.length;
    span.end = h.value + h.length;
    if (vr == "SQ") {
        auto walked = items(h.value, span.end, encoding, depth, false);
        if (!walked) return walked;
    } else if (no_vr && h.length >= 8 && tag_at(h.value, Encoding::ImplicitLittle) == kItem) {
        if (auto walked = trial(h, depth); !walked) return fail(std::move(walked.error()));
    }
    return span.end;
}

Result<std::vector<ElementSpan>> Walker::top_level(std::size_t begin, Encoding encoding,
                                                   WalkUntil until) {
    std::vector<ElementSpan> spans;
    spans.reserve(128);
    bool after_pixels = false;
    for (std::size_t at = begin; at < bytes_.size();) {
        if (after_pixels && only_zeros(at)) break;  // padding to a block size
        auto h = header(at, bytes_.size(), encoding);
        if (!h && until == WalkUntil::Cut) break;
        if (!h) return fail(std::move(h.error()));
        if (until == WalkUntil::GroupEnd && !spans.empty() &&
            (h->tag >> 16) != (spans.front().tag >> 16))
            break;
        ElementSpan span;
        span.begin = at;
        auto next = value(*h, bytes_.size(), encoding, 0, span);
        if (!next && until == WalkUntil::Cut) break;
        if (!next) return fail(std::move(next.error()));
        spans.push_back(span);
        at = *next;
        if (span.tag != kPixelDataTag) continue;
        if (until == WalkUntil::PixelData) break;
        after_pixels = true;
    }
    return spans;
}

}  // namespace

Result<std::vector<ElementSpan>> walk_elements(std::string_view bytes, std::size_t begin,
                                               Encoding encoding, WalkUntil until) {
    return Walker(bytes).top_level(begin, encoding, until);
}

}  // namespace iqt::dicom
