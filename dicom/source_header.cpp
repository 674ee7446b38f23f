// SPDX-License-Identifier: Apache-2.0
#include "dicom/source_header.hpp"

#include "dicom/attributes.hpp"
#include "dicom/frames.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/part10.hpp"

namespace iqt::dicom {

DcmSourceHeader::DcmSourceHeader(std::unique_ptr<DcmDataset> data_set)
    : data_set_(std::move(data_set)) {
    delete data_set_->remove(DCM_PixelData);
}

DcmSourceHeader::DcmSourceHeader(const DcmDataset& data_set)
    : DcmSourceHeader(std::make_unique<DcmDataset>(data_set)) {}

std::optional<std::string> DcmSourceHeader::value(std::string_view attribute) const {
    DcmTag tag;
    if (DcmTag::findTagFromName(std::string(attribute).c_str(), tag).bad()) return std::nullopt;
    return frame_attributes(*data_set_, 1).front().text(tag.getXTag());
}

Result<std::unique_ptr<SourceHeader>> read_source_header(const ObjectBytes& object) {
    const auto view = ObjectView::open(object);
    if (!view) return fail(view.error());
    const auto part10 = parse_part10(view->bytes());
    if (!part10) return fail(part10.error());
    auto header = parse_header(*part10);
    if (!header) return fail(std::move(header.error()));
    return std::make_unique<DcmSourceHeader>(std::move(*header));
}

}  // namespace iqt::dicom
