// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::dicom {

/// Reads the header of a Part 10 file in memory up to the pixel data: what the queue decides by.
/// Errors: InvalidInput where the bytes are no data set or lack SOP, Study or Series UID, or where
/// pixel data end before their declared length; the sentence names what is missing.
Result<InstanceFacts> read_instance_facts(std::string_view part10);

/// The same from a file on disk.
Result<InstanceFacts> read_instance_facts(const std::filesystem::path& file);

/// The Series Instance UID of a Part 10 file of which only the beginning is there; nothing where it
/// cannot be read from that.
std::optional<std::string> series_uid_of_beginning(std::string_view part10);

/// Puts preamble and file meta information in front of a data set as it came over the wire.
/// Source: PS3.10 7.1.
std::string make_part10(std::string_view data_set, const std::string& sop_class_uid,
                        const std::string& sop_instance_uid, const std::string& transfer_syntax_uid,
                        const std::string& calling_ae);

/// True where two objects hold the same decoded pixels and the same header apart from group 2,
/// whatever their transfer syntax. Errors: InvalidInput.
Result<bool> same_content(const ObjectBytes& a, const ObjectBytes& b);

/// True where two objects hold the same decoded pixels, whatever their headers say: how a
/// corrected identity is told from a mix-up. Errors: InvalidInput.
Result<bool> same_pixels(const ObjectBytes& a, const ObjectBytes& b);

/// The attributes of one object, without its pixel data: what routes match by before a series is
/// complete. Errors: InvalidInput, Io.
Result<std::unique_ptr<SourceHeader>> read_source_header(const ObjectBytes& object);

/// Registers DCMTK's decoders and redirects its log, once per process; call before anything else.
void initialise();

/// A file found by `find_series`; grouping key and facts of each.
struct SeriesFiles {
    std::string key;  ///< issuer, PatientID, Study, Series; for grouping only
    std::vector<std::filesystem::path> files;
};
struct FolderScan {
    std::vector<SeriesFiles> series;  ///< ordered by their first file
    std::vector<Error> unreadable;    ///< files that are no DICOM objects, by name
};
/// All DICOM objects below a folder (any depth) or one file, grouped into series.
FolderScan find_series(const std::filesystem::path& input);

}  // namespace iqt::dicom
