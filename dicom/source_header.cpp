// SPDX-License-Identifier: Apache-2.0
#include "dicom/source_header.hpp"

#include "dicom/attributes.hpp"

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

}  // namespace iqt::dicom
