// SPDX-License-Identifier: Apache-2.0
#include "dicom/dataset_edit.hpp"

#include <algorithm>
#include <memory>

#include <dcmtk/dcmdata/dctk.h>

#include "pipeline/core/assert.hpp"

namespace iqt::dicom {
namespace {

using ElementPtr = std::unique_ptr<DcmElement>;

bool is_text(DcmElement& element) {
    return element.isaString() == OFTrue;
}

/// A new element of the dictionary's VR with the given raw bytes; null where that VR is no text.
ElementPtr make_text(const DcmTagKey& key, std::string_view bytes) {
    ElementPtr element(DcmItem::newDicomElement(DcmTag(key)));
    if (!element || !is_text(*element)) return nullptr;
    const OFCondition put = element->putString(bytes.data(), static_cast<Uint32>(bytes.size()));
    return put.good() ? std::move(element) : nullptr;
}

/// Raw bytes of a text element or of one of unknown VR.
std::optional<std::string> bytes_of(DcmElement& element) {
    const Uint32 length = element.getLength();
    if (length == 0) return std::string();
    if (is_text(element)) {
        char* text = nullptr;
        Uint32 size = 0;
        if (element.getString(text, size).bad() || text == nullptr) return std::string();
        return std::string(text, size);
    }
    Uint8* raw = nullptr;
    if (element.ident() != EVR_UN || element.getUint8Array(raw).bad() || raw == nullptr)
        return std::nullopt;
    std::string text(reinterpret_cast<const char*>(raw), length);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
    return text;
}

/// A copy of an element under its own tag: as it is where its VR is the dictionary's, else as the
/// dictionary's VR where that is text. Null: nothing that could be written correctly.
ElementPtr copy_of(DcmElement& element) {
    const DcmTagKey key = element.getTag().getXTag();
    const DcmEVR wanted = DcmTag(key).getEVR();
    if (element.getVR() == wanted || (!is_text(element) && element.ident() != EVR_UN))
        return ElementPtr(dynamic_cast<DcmElement*>(element.clone()));
    const auto bytes = bytes_of(element);
    return bytes ? make_text(key, *bytes) : nullptr;
}

/// Most characters of one value of a text that depends on the character set; 0 for other VRs.
std::size_t characters_max(DcmEVR vr) {
    switch (vr) {
        case EVR_SH:
            return 16;
        case EVR_LO:
            return 64;
        case EVR_ST:
            return 1024;
        default:
            return 0;
    }
}

/// Whether every value is legal for its VR. Texts in a character set are judged by their length
/// alone, in bytes (never fewer than characters): DCMTK's scanner rejects what is not ASCII as long
/// as an element is in no data set that names the set.
bool is_legal(DcmElement& element, std::string_view bytes) {
    const std::size_t limit = characters_max(element.getVR());
    if (limit == 0) return element.checkValue().good();
    if (element.getVR() == EVR_ST) return bytes.size() <= limit;
    for (std::size_t begin = 0; begin <= bytes.size();) {
        const std::size_t end = std::min(bytes.find('\\', begin), bytes.size());
        if (end - begin > limit) return false;
        begin = end + 1;
    }
    return true;
}

void insert(DcmItem& item, ElementPtr element) {
    IQT_ASSERT(element != nullptr);
    IQT_ASSERT(item.insert(element.get(), OFTrue).good());
    static_cast<void>(element.release());  // the item owns it now
}

}  // namespace

void put_text(DcmItem& item, const DcmTagKey& tag, std::string_view value) {
    insert(item, make_text(tag, value));
}

void put_us(DcmItem& item, const DcmTagKey& tag, std::uint16_t value) {
    IQT_ASSERT(item.putAndInsertUint16(DcmTag(tag, EVR_US), value).good());
}

void put_fd(DcmItem& item, const DcmTagKey& tag, double value) {
    IQT_ASSERT(item.putAndInsertFloat64(DcmTag(tag), value).good());
}

void put_empty(DcmItem& item, const DcmTagKey& tag) {
    IQT_ASSERT(item.insertEmptyElement(DcmTag(tag)).good());
}

bool put_if_legal(DcmItem& item, const DcmTagKey& tag, std::string_view value) {
    if (value.empty()) return false;
    ElementPtr element = make_text(tag, value);
    if (!element || !is_legal(*element, value)) return false;
    insert(item, std::move(element));
    return true;
}

std::optional<std::string> text_of(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    if (item.findAndGetElement(tag, element).bad() || element == nullptr) return std::nullopt;
    auto text = bytes_of(*element);
    while (text && !text->empty() && (text->back() == ' ' || text->back() == '\0'))
        text->pop_back();
    return text;
}

bool copy_verbatim(DcmItem& from, const DcmTagKey& tag, DcmItem& to) {
    DcmElement* element = nullptr;
    if (from.findAndGetElement(tag, element).bad() || element == nullptr) return false;
    ElementPtr copy = copy_of(*element);
    if (!copy) return false;
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(copy.get()))
        for (unsigned long n = 0; n < sequence->card(); ++n) remove_private(*sequence->getItem(n));
    insert(to, std::move(copy));
    return true;
}

void copy_verbatim(DcmItem& from, std::span<const DcmTagKey> tags, DcmItem& to) {
    for (const DcmTagKey& tag : tags) copy_verbatim(from, tag, to);
}

bool copy_if_legal(DcmItem& from, const DcmTagKey& tag, DcmItem& to) {
    const auto value = text_of(from, tag);
    return value && put_if_legal(to, tag, *value);
}

DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence) {
    DcmItem* added = nullptr;
    IQT_ASSERT(item.findOrCreateSequenceItem(DcmTag(sequence), added, -2).good());
    return *added;
}

void add_code(DcmItem& item, const DcmTagKey& sequence, const Code& code) {
    DcmItem& added = add_item(item, sequence);
    put_text(added, DCM_CodeValue, code.value);
    put_text(added, DCM_CodingSchemeDesignator, code.scheme);
    put_text(added, DCM_CodeMeaning, code.meaning);
}

void remove_private(DcmItem& item) {
    for (unsigned long n = item.card(); n-- > 0;) {
        DcmElement* element = item.getElement(n);
        if (element == nullptr) continue;
        if ((element->getGTag() & 1U) != 0) {
            delete item.remove(n);
        } else if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element)) {
            for (unsigned long m = 0; m < sequence->card(); ++m)
                remove_private(*sequence->getItem(m));
        }
    }
}

}  // namespace iqt::dicom
