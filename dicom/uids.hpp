// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/series.hpp"

/// Identity of results: equal UID, equal pixels (PS3.5 B.2 UUID-derived UIDs).
namespace iqt::dicom {

struct SeriesUids {
    std::string series;
    std::vector<std::string> instances;  ///< in slice order
};

/// UIDs of one output series, a pure function of exactly these:
///   output kind, source Series Instance UID, identity digest (patient, study, accession), content
///   digest (sorted SOP Instance UIDs with their pixel digests), model digest, software version,
///   `parameters`, seed, samples, precision, device kind, tiling, and the index of the instance;
///   for a report, which names them, also which of `flags` and `uncertainty` were made.
/// So a corrected patient name, another model or another build gives other UIDs, and a second run
/// gives the same. The revision does not count: a late instance changes the content digest. Dates,
/// station and other options do not count either, because they do not change pixels. Everything
/// that does (banner lines, thresholds, the words of a notice) has to be in `parameters` or in the
/// model's digest. A notice about a held or dead series has no content digest, since nobody decodes
/// its pixels: `parameters` hold the revision instead. Safe from any thread.
SeriesUids result_uids(const SourceSeries& source, const DerivedImages& images, OutputKind kind,
                       int instances);

/// The Frame of Reference of results whose source has none: a function of the source series alone,
/// so that all its results, of any model or revision, share one.
std::string made_up_frame_of_reference_uid(const SourceSeries& source);

/// Who observed what a report says: a function of this installation. Source: PS3.16 TID 1004.
std::string device_observer_uid(const std::string& manufacturer, const std::string& station_name,
                                const std::string& serial);

}  // namespace iqt::dicom
