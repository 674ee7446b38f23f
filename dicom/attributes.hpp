// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>

/// Internal to dicom/: reading values out of DCMTK data sets.
namespace iqt::dicom {

/// Without leading and trailing spaces and NULs.
std::string_view trimmed(std::string_view text);
/// ASCII letters only; other bytes stay as they are, whatever the character set.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
/// A decimal or integer string (DS, IS) as a number; nullopt unless it is one finite number.
std::optional<double> number_from(std::string_view text);
/// The values of a multi-valued string, each trimmed. Only for VRs without multi-byte characters.
std::vector<std::string> split_values(std::string_view text);

/// All values of an element as one string with '\\' between them, trailing padding removed, bytes
/// otherwise as they are in the data set; "" for sequences and for bulk data.
std::string element_text(DcmElement& element);

/// What a data set says about one frame. An attribute is looked for in the frame's own functional
/// groups, then in the shared ones, then at top level, where some scanners repeat it or put it
/// instead. Private sequences and those that describe other images are not entered.
/// Refers to the data set, which must stay. Not for two threads on one data set, even for reading:
/// DCMTK's lists keep a cursor.
/// Source: PS3.3 C.7.6.16 (functional groups), C.7.6.16.2.23 ff. (unassigned converted attributes).
class FrameAttributes {
  public:
    /// `shared` and `per_frame` are the functional group items; null where there are none.
    FrameAttributes(DcmItem& data_set, DcmItem* shared, DcmItem* per_frame)
        : data_set_(&data_set), shared_(shared), per_frame_(per_frame) {}

    /// Null where the attribute is absent everywhere.
    DcmElement* find(const DcmTagKey& tag) const;
    /// First item of a sequence; null where it is absent or empty.
    DcmItem* first_item(const DcmTagKey& tag) const;
    /// Text of an attribute; absent: nullopt; present and empty: "".
    std::optional<std::string> text(const DcmTagKey& tag) const;
    /// Like text, trimmed and in upper case; "" where absent. For code strings.
    std::string code(const DcmTagKey& tag) const;
    std::vector<std::string> values(const DcmTagKey& tag) const;
    /// Value number `index` (from 0); nullopt where absent or not a finite number.
    std::optional<double> number(const DcmTagKey& tag, std::size_t index = 0) const;
    /// All values; empty unless each is a finite number.
    std::vector<double> numbers(const DcmTagKey& tag) const;

  private:
    DcmItem* data_set_;
    DcmItem* shared_;
    DcmItem* per_frame_;
};

/// Views of all frames of a data set; at least one. Where the per-frame groups have fewer items
/// than there are frames, the rest see shared groups and top level only.
std::vector<FrameAttributes> frame_attributes(DcmItem& data_set, int frames);

}  // namespace iqt::dicom
