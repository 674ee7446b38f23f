// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "dicom/dataset_edit.hpp"
#include "pipeline/core/series.hpp"

class DcmItem;

/// Content items of SR documents, each appended to its parent and returned. Source: PS3.3 C.17.3,
/// C.18. Texts are ASCII, so that they hold under the source's character set.
namespace iqt::dicom::sr {

enum class Relation { Contains, HasObservationContext, HasConceptModifier, HasAcquisitionContext };

/// Makes an item a CONTAINER; `template_id` ("1500") where it is the root of a DCMR template, else
/// null.
void put_container(DcmItem& item, const Code& concept_name, const char* template_id);

DcmItem& add_container(DcmItem& parent, const Code& concept_name, const char* template_id);
DcmItem& add_code_item(DcmItem& parent, Relation relation, const Code& concept_name,
                       const Code& value);
DcmItem& add_text(DcmItem& parent, Relation relation, const Code& concept_name,
                  const std::string& text);
DcmItem& add_uid(DcmItem& parent, Relation relation, const Code& concept_name,
                 const std::string& uid);
DcmItem& add_number(DcmItem& parent, const Code& concept_name, double value, const Code& unit);

/// An image as a whole, or one segment of a Segmentation; the concept name may be left out.
struct ImageItem {
    std::optional<Code> concept_name;
    SourceInstance instance;
    int segment = 0;
};
DcmItem& add_image(DcmItem& parent, const ImageItem& image);

}  // namespace iqt::dicom::sr
