// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pipeline/core/result.hpp"

/// Internal to dicom/: the structure of an encoded data set, without interpreting its values.
/// Every length is checked against the bytes that are there, and nesting and number of elements are
/// bounded, before DCMTK sees the bytes: it recurses and allocates as an object tells it to.
namespace iqt::dicom {

enum class Encoding { ImplicitLittle, ExplicitLittle, ExplicitBig };

inline constexpr int kNestingMax = 64;                  ///< sequences within sequences
inline constexpr std::size_t kElementsMax = 2'000'000;  ///< in one object, all levels together

/// Tag as one number, group in the upper half.
using TagNumber = std::uint32_t;
inline constexpr TagNumber kPixelDataTag = 0x7fe00010;

/// Where one top-level element lies.
struct ElementSpan {
    TagNumber tag = 0;
    std::array<char, 2> vr{' ', ' '};  ///< blank where the encoding has none
    std::size_t begin = 0;             ///< of the element's header
    std::size_t value = 0;             ///< of its value
    std::size_t length = 0;  ///< of the value; without the delimiter where the length is undefined
    std::size_t end = 0;     ///< of the element, delimiter included
    bool undefined_length = false;
    int fragments = 0;  ///< of encapsulated pixel data, without the offset table
};

/// Which of the elements a walk visits.
enum class WalkUntil {
    End,        ///< all; nothing but zeros may follow the pixel data unless it is whole elements
    PixelData,  ///< up to and with the pixel data
    Cut,        ///< as far as they are whole: one that is cut off or damaged ends the walk
    GroupEnd,   ///< as long as the group number stays that of the first element (file meta group)
};

/// Top-level elements of `bytes` from `begin` on.
/// Errors: InvalidInput where an element ends before its stated length, delimiters are missing or
/// misplaced, or a bound above is exceeded. Source: PS3.5 7.1 to 7.5, A.4.
Result<std::vector<ElementSpan>> walk_elements(std::string_view bytes, std::size_t begin,
                                               Encoding encoding, WalkUntil until);

}  // namespace iqt::dicom
