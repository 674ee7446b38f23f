// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Texts as DICOM value representations want them (PS3.5 6.2), without the library behind them.
namespace iqt::dicom {

/// A decimal string (DS): at most 16 characters with the most digits that fit. Values of magnitude
/// below 1e-10 are written as 0. Safe from any thread.
std::string decimal_string(double value);

/// Text as pure ASCII, so that it holds under any character set: every other byte, control
/// characters and the value separator '\\' become '?', ' ' and '/'; at most `bytes_max` bytes.
std::string ascii_value(std::string_view text, std::size_t bytes_max);

/// What a SeriesDescription (LO, 64) is put together from; all but `source` pure ASCII.
struct DescriptionParts {
    std::string_view prefix;         ///< "IQT RUO "
    std::string_view source;         ///< the source's description, raw bytes
    std::string_view character_set;  ///< its SpecificCharacterSet, values joined with '\\'
    std::string_view fallback;       ///< in the place of a source that cannot be cut safely
    std::string_view suffix;         ///< " rev 2", or empty
};

/// Joins the parts to at most 64 bytes (hence at most 64 characters). A source that is too long is
/// cut between characters where its encoding lets that be known (single-byte sets and UTF-8) and is
/// replaced by the fallback where it does not (ISO 2022 with escapes, GB18030, GBK), or where its
/// last escape leaves G0 in another set than ASCII. Source: PS3.5 6.1.2.
std::string series_description(const DescriptionParts& parts);

/// Minutes east of UTC of a TimezoneOffsetFromUTC ("+0100"); nullopt where it is none.
/// Source: PS3.3 C.12.1.1.8.
std::optional<int> offset_minutes(std::string_view offset);

struct LocalTime {
    std::string date;       ///< DA, "20250102"
    std::string time;       ///< TM, "103500.250"
    std::string date_time;  ///< DT with its offset, "20250102103500.250+0100"
};

/// The instant `utc_ms` (milliseconds since 1970-01-01 UTC) on a clock `offset_min` east of UTC.
LocalTime local_time(std::int64_t utc_ms, int offset_min);

}  // namespace iqt::dicom
