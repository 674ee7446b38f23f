// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace iqt::dicom::net {

/// One SOP class or transfer syntax by UID and name of PS3.6.
struct NamedUid {
    const char* uid;
    std::string_view name;
};

/// What the listener offers as SCP: Verification, and storage of what the reader understands.
std::span<const NamedUid> accepted_storage_classes();
const NamedUid& verification_class();

/// Transfer syntaxes that the listener accepts for storage, the preferred one first: all lossless,
/// and all that the reader can decode. JPEG 2000 and lossy JPEG are not among them, so a context
/// that proposes nothing else is refused. Source: PS3.5 annex A.
std::span<const NamedUid> accepted_transfer_syntaxes();

/// What the sender proposes, in one presentation context per SOP class. Implicit VR Little Endian
/// must always be among them: PS3.5 10.1.
std::span<const NamedUid> proposed_transfer_syntaxes();

}  // namespace iqt::dicom::net
