// SPDX-License-Identifier: Apache-2.0
#include "dicom/attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace iqt::dicom {
namespace {

bool is_padding(char c) {
    return c == ' ' || c == '\0';
}

char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The shortest decimals that give the same number back ("194.8", not "194.80000000000001").
template <class Number>
std::string floating_text(DcmElement& element,
                          OFCondition (DcmElement::*get)(Number&, unsigned long)) {
    std::string text;
    const unsigned long count = element.getVM();
    for (unsigned long i = 0; i < count; ++i) {
        Number value = 0;
        if ((element.*get)(value, i).bad()) return {};
        std::array<char, 64> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        if (i > 0) text.push_back('\\');
        text.append(digits.data(), end);
    }
    return text;
}

DcmElement* direct_child(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    return item.findAndGetElement(tag, element).good() ? element : nullptr;
}

bool describes_other_images(const DcmTagKey& tag) {
    return tag == DCM_ReferencedImageSequence || tag == DCM_DerivationImageSequence ||
           tag == DCM_ConversionSourceAttributesSequence;
}

/// Looks into the first item of every functional group macro of one groups item.
DcmElement* find_in_groups(DcmItem& groups, const DcmTagKey& tag) {
    DcmObject* object = groups.nextInContainer(nullptr);
    for (; object != nullptr; object = groups.nextInContainer(object)) {
        const DcmTagKey key = object->getTag().getXTag();
        if (key == tag) return dynamic_cast<DcmElement*>(object);
        if (object->ident() != EVR_SQ || key.isPrivate() || describes_other_images(key)) continue;
        auto* sequence = dynamic_cast<DcmSequenceOfItems*>(object);
        if (sequence == nullptr || sequence->card() == 0) continue;
        if (DcmElement* found = direct_child(*sequence->getItem(0), tag)) return found;
    }
    return nullptr;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
    return text;
}

std::string upper_case(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = ascii_upper(c);
    return result;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = ascii_lower(c);
    return result;
}

std::optional<double> number_from(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::vector<std::string> split_values(std::string_view text) {
    std::vector<std::string> values;
    while (true) {
        const std::size_t end = text.find('\\');
        values.emplace_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return values;
        text.remove_prefix(end + 1);
    }
}

std::string element_text(DcmElement& element) {
    switch (element.ident()) {
        case EVR_SQ:
        case EVR_OB:
        case EVR_OW:
        case EVR_OF:
        case EVR_OD:
        case EVR_OL:
        case EVR_OV:
        case EVR_ox:
        case EVR_px:
        case EVR_UN:
        case EVR_PixelData:
        case EVR_pixelSQ:
            return {};
        case EVR_FD:
            return floating_text<Float64>(element, &DcmElement::getFloat64);
        case EVR_FL:
            return floating_text<Float32>(element, &DcmElement::getFloat32);
        default:
            break;
    }
    OFString text;
    if (element.getOFStringArray(text, OFFalse).bad()) return {};
    std::string_view view(text.data(), text.size());
    while (!view.empty() && is_padding(view.back())) view.remove_suffix(1);
    return std::string(view);
}

DcmElement* FrameAttributes::find(const DcmTagKey& tag) const {
    for (DcmItem* groups : {per_frame_, shared_})
        if (groups != nullptr)
            if (DcmElement* found = find_in_groups(*groups, tag)) return found;
    return direct_child(*data_set_, tag);
}

DcmItem* FrameAttributes::first_item(const DcmTagKey& tag) const {
    auto* sequence = dynamic_cast<DcmSequenceOfItems*>(find(tag));
    return sequence != nullptr && sequence->card() > 0 ? sequence->getItem(0) : nullptr;
}

std::optional<std::string> FrameAttributes::text(const DcmTagKey& tag) const {
    DcmElement* element = find(tag);
    if (element == nullptr) return std::nullopt;
    return element_text(*element);
}

std::string FrameAttributes::code(const DcmTagKey& tag) const {
    return upper_case(trimmed(text(tag).value_or("")));
}

std::vector<std::string> FrameAttributes::values(const DcmTagKey& tag) const {
    const auto whole = text(tag);
    return whole && !whole->empty() ? split_values(*whole) : std::vector<std::string>{};
}

std::optional<double> FrameAttributes::number(const DcmTagKey& tag, std::size_t index) const {
    const auto all = values(tag);
    return index < all.size() ? number_from(all[index]) : std::nullopt;
}

std::vector<double> FrameAttributes::numbers(const DcmTagKey& tag) const {
    std::vector<double> result;
    for (const std::string& value : values(tag)) {
        const auto number = number_from(value);
        if (!number) return {};
        result.push_back(*number);
    }
    return result;
}

std::vector<FrameAttributes> frame_attributes(DcmItem& data_set, int frames) {
    DcmItem* shared = nullptr;
    DcmElement* element = direct_child(data_set, DCM_SharedFunctionalGroupsSequence);
    if (auto* sequence = dynamic_cast<DcmSequenceOfItems*>(element))
        if (sequence->card() > 0) shared = sequence->getItem(0);
    element = direct_child(data_set, DCM_PerFrameFunctionalGroupsSequence);
    auto* per_frame = dynamic_cast<DcmSequenceOfItems*>(element);
    DcmObject* item = per_frame != nullptr ? per_frame->nextInContainer(nullptr) : nullptr;
    std::vector<FrameAttributes> result;
    for (int frame = 0; frame < std::max(frames, 1); ++frame) {
        result.emplace_back(data_set, shared, dynamic_cast<DcmItem*>(item));
        if (item != nullptr) item = per_frame->nextInContainer(item);
    }
    return result;
}

}  // namespace iqt::dicom
