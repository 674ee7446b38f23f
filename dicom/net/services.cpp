// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/services.hpp"

#include <array>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

namespace iqt::dicom::net {
namespace {

constexpr NamedUid kVerification{UID_VerificationSOPClass, "Verification"};

constexpr std::array kStorageClasses{
    NamedUid{UID_MRImageStorage, "MR Image Storage"},
    NamedUid{UID_EnhancedMRImageStorage, "Enhanced MR Image Storage"},
    NamedUid{UID_LegacyConvertedEnhancedMRImageStorage,
             "Legacy Converted Enhanced MR Image Storage"},
};

constexpr std::array kAcceptedSyntaxes{
    NamedUid{UID_LittleEndianExplicitTransferSyntax, "Explicit VR Little Endian"},
    NamedUid{UID_LittleEndianImplicitTransferSyntax, "Implicit VR Little Endian"},
    NamedUid{UID_JPEGProcess14SV1TransferSyntax, "JPEG Lossless, First-Order Prediction"},
    NamedUid{UID_JPEGProcess14TransferSyntax, "JPEG Lossless (Process 14)"},
    NamedUid{UID_JPEGLSLosslessTransferSyntax, "JPEG-LS Lossless"},
    NamedUid{UID_RLELosslessTransferSyntax, "RLE Lossless"},
    NamedUid{UID_DeflatedExplicitVRLittleEndianTransferSyntax,
             "Deflated Explicit VR Little Endian"},
};

}  // namespace

std::span<const NamedUid> accepted_storage_classes() {
    return kStorageClasses;
}
const NamedUid& verification_class() {
    return kVerification;
}
std::span<const NamedUid> accepted_transfer_syntaxes() {
    return kAcceptedSyntaxes;
}
std::span<const NamedUid> proposed_transfer_syntaxes() {
    return std::span(kAcceptedSyntaxes).first(2);
}

}  // namespace iqt::dicom::net
