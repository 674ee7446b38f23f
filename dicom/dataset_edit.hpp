// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <dcmtk/dcmdata/dctagkey.h>

class DcmElement;
class DcmItem;

/// Small edits of DICOM items, for the files of this room. None of them converts character sets.
namespace iqt::dicom {

/// Inserts or replaces a text attribute (several values joined with '\\').
void put_text(DcmItem& item, const DcmTagKey& tag, std::string_view value);
/// Inserts or replaces a US attribute, also where the dictionary says "US or SS".
void put_us(DcmItem& item, const DcmTagKey& tag, std::uint16_t value);
void put_fd(DcmItem& item, const DcmTagKey& tag, double value);
/// Inserts or replaces an attribute without a value.
void put_empty(DcmItem& item, const DcmTagKey& tag);
/// Inserts a text attribute only where the value is legal for its VR; true if it was.
bool put_if_legal(DcmItem& item, const DcmTagKey& tag, std::string_view value);

/// The raw text of an attribute of the item itself, values joined with '\\', without padding.
/// nullopt: absent, no text, or a number array.
std::optional<std::string> text_of(DcmItem& item, const DcmTagKey& tag);

/// Copies an attribute byte for byte, empty values too; private attributes inside of sequences are
/// left out, a wrong or unknown VR is replaced by the dictionary's. True if the source has it.
bool copy_verbatim(DcmItem& from, const DcmTagKey& tag, DcmItem& to);
void copy_verbatim(DcmItem& from, std::span<const DcmTagKey> tags, DcmItem& to);
/// Copies a text attribute where it is present, not empty and legal for its VR; true if it was.
bool copy_if_legal(DcmItem& from, const DcmTagKey& tag, DcmItem& to);

/// Appends an item to a sequence, which is made where it is not there yet.
DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence);

struct Code {
    const char* value;
    const char* scheme;
    const char* meaning;
};
/// Appends a code sequence item (PS3.3 8.8).
void add_code(DcmItem& item, const DcmTagKey& sequence, const Code& code);

/// Removes private attributes (odd groups) from an item, sequences inside included.
void remove_private(DcmItem& item);

}  // namespace iqt::dicom
