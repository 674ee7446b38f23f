// SPDX-License-Identifier: Apache-2.0
#include "dicom/class_words.hpp"

#include "dicom/equipment.hpp"

namespace iqt::dicom {
namespace {

ClassWords words_if_checked(WarningBit bit) {
    switch (bit) {
        case kUncertain:
            return {{"UNCERTAIN", kNodeCodingScheme, "Uncertain region of an enhanced image"},
                    "Uncertain",
                    "The total standard deviation is above the threshold frozen at calibration."};
        case kUnfamiliar:
            return {{"UNFAMILIAR", kNodeCodingScheme, "Unfamiliar region of an enhanced image"},
                    "Unfamiliar",
                    "Unlike the training data."};
        case kInconsistent:
            return {{"INCONSISTENT", kNodeCodingScheme, "Inconsistent region of an enhanced image"},
                    "Inconsistent",
                    "The enhanced image does not explain the acquired slices."};
        case kNotAssessed:
            break;
    }
    return {{"NOTASSESSED", kNodeCodingScheme, "Region of an enhanced image not assessed"},
            "Not assessed",
            "Outside the head, or beyond the first and last acquired slice centre."};
}

}  // namespace

ClassWords words_of(const WarningClass& warning_class) {
    ClassWords words = words_if_checked(warning_class.bit);
    if (!warning_class.checked) {
        words.label += " (not checked)";
        words.description += " Not checked by this model: that no voxel is marked says nothing.";
    }
    words.description += " " + std::string(kUnmarked) + ".";
    return words;
}

}  // namespace iqt::dicom
