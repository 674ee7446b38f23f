// SPDX-License-Identifier: Apache-2.0
#include "dicom/sr_content.hpp"

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/text_values.hpp"

namespace iqt::dicom::sr {
namespace {

constexpr std::size_t kTextBytesMax = 4096;

const char* name_of(Relation relation) {
    switch (relation) {
        case Relation::Contains:
            return "CONTAINS";
        case Relation::HasObservationContext:
            return "HAS OBS CONTEXT";
        case Relation::HasConceptModifier:
            return "HAS CONCEPT MOD";
        case Relation::HasAcquisitionContext:
            return "HAS ACQ CONTEXT";
    }
    return "CONTAINS";
}

DcmItem& add(DcmItem& parent, Relation relation, const char* value_type) {
    DcmItem& item = add_item(parent, DCM_ContentSequence);
    put_text(item, DCM_RelationshipType, name_of(relation));
    put_text(item, DCM_ValueType, value_type);
    return item;
}

DcmItem& add(DcmItem& parent, Relation relation, const char* value_type, const Code& concept_name) {
    DcmItem& item = add(parent, relation, value_type);
    add_code(item, DCM_ConceptNameCodeSequence, concept_name);
    return item;
}

}  // namespace

void put_container(DcmItem& item, const Code& concept_name, const char* template_id) {
    put_text(item, DCM_ValueType, "CONTAINER");
    add_code(item, DCM_ConceptNameCodeSequence, concept_name);
    put_text(item, DCM_ContinuityOfContent, "SEPARATE");
    if (template_id == nullptr) return;
    DcmItem& used = add_item(item, DCM_ContentTemplateSequence);
    put_text(used, DCM_MappingResource, "DCMR");
    put_text(used, DCM_MappingResourceUID, UID_DICOMContentMappingResource);
    put_text(used, DCM_TemplateIdentifier, template_id);
}

DcmItem& add_container(DcmItem& parent, const Code& concept_name, const char* template_id) {
    DcmItem& item = add_item(parent, DCM_ContentSequence);
    put_text(item, DCM_RelationshipType, name_of(Relation::Contains));
    put_container(item, concept_name, template_id);
    return item;
}

DcmItem& add_code_item(DcmItem& parent, Relation relation, const Code& concept_name,
                       const Code& value) {
    DcmItem& item = add(parent, relation, "CODE", concept_name);
    add_code(item, DCM_ConceptCodeSequence, value);
    return item;
}

DcmItem& add_text(DcmItem& parent, Relation relation, const Code& concept_name,
                  const std::string& text) {
    DcmItem& item = add(parent, relation, "TEXT", concept_name);
    put_text(item, DCM_TextValue, ascii_value(text, kTextBytesMax));
    return item;
}

DcmItem& add_uid(DcmItem& parent, Relation relation, const Code& concept_name,
                 const std::string& uid) {
    DcmItem& item = add(parent, relation, "UIDREF", concept_name);
    put_text(item, DCM_UID, uid);
    return item;
}

DcmItem& add_number(DcmItem& parent, const Code& concept_name, double value, const Code& unit) {
    DcmItem& item = add(parent, Relation::Contains, "NUM", concept_name);
    DcmItem& measured = add_item(item, DCM_MeasuredValueSequence);
    put_text(measured, DCM_NumericValue, decimal_string(value));
    add_code(measured, DCM_MeasurementUnitsCodeSequence, unit);
    return item;
}

DcmItem& add_image(DcmItem& parent, const ImageItem& image) {
    DcmItem& item = add(parent, Relation::Contains, "IMAGE");
    if (image.concept_name) add_code(item, DCM_ConceptNameCodeSequence, *image.concept_name);
    DcmItem& reference = add_item(item, DCM_ReferencedSOPSequence);
    put_text(reference, DCM_ReferencedSOPClassUID, image.instance.sop_class_uid);
    put_text(reference, DCM_ReferencedSOPInstanceUID, image.instance.sop_instance_uid);
    if (image.segment > 0)
        put_us(reference, DCM_ReferencedSegmentNumber, static_cast<std::uint16_t>(image.segment));
    return item;
}

}  // namespace iqt::dicom::sr
