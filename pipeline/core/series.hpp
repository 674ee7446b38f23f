// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/volume.hpp"

namespace iqt {

enum class Contrast { T1, T2, Flair };
std::string_view to_string(Contrast contrast);  // "T1", "T2", "FLAIR"
std::optional<Contrast> contrast_from(std::string_view name);

/// One DICOM object as a complete Part 10 file: in memory, or in a file when it is large.
struct ObjectBytes {
    std::string data;            ///< the whole file, or empty when `file` is set
    std::filesystem::path file;  ///< where the bytes are when they are too many for memory
    std::uint64_t size = 0;
};

/// What the header of one instance says that the queue decides by. Read without decoding pixels.
struct InstanceFacts {
    std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
    std::string study_uid, series_uid;
    std::string patient_id, patient_id_issuer;  ///< raw bytes of the data set, never logged
    std::string identity_digest;  ///< SHA-256 over patient identity, study identity and accession
    bool multi_frame = false;     ///< an Enhanced object: a series by itself
    int frames = 1;
    /// Classic instances only; absent where the header has none.
    std::optional<Vec3> position_lps_mm;
    std::optional<std::array<double, 6>> orientation;  ///< row cosines, column cosines
};

struct ReceivedInstance {
    InstanceFacts facts;
    ObjectBytes object;
    std::string calling_ae, called_ae, peer_address;
    std::string association_id;  ///< unique per association of this process
};

/// All current instances of one job, as given to the reader; order has no meaning.
struct SeriesSnapshot {
    std::vector<ObjectBytes> objects;
    std::string calling_ae, called_ae;
};

struct Window {
    double center = 0, width = 1;  ///< in the rescaled units of the source
};

struct SourceInstance {
    std::string sop_class_uid, sop_instance_uid;
    std::string pixel_digest;  ///< SHA-256 of the decoded pixel bytes
};

/// Attributes of the source that routing and encoding need, without showing the library behind it.
class SourceHeader {
  public:
    virtual ~SourceHeader() = default;
    /// Value of an attribute of the first instance by keyword or "gggg,eeee", multi-values joined
    /// with '\\'; functional groups are looked into. Absent: nullopt; present and empty: "".
    virtual std::optional<std::string> value(std::string_view attribute) const = 0;
};

/// What a reader found out about a series, before anything is decided. Counts are of frames.
struct SeriesFacts {
    bool own_output = false;  ///< made by this product (by UID or equipment, not by text)
    bool derived = false;     ///< ImageType value 1 is DERIVED (or value 2 says so)
    bool mosaic = false;
    bool localizer = false;
    bool diffusion_or_map = false;  ///< b-values, ADC, parameter or field map, phase, complex
    std::string body_part;          ///< as declared, upper case; empty = not stated
    std::optional<double> field_strength_t;  ///< MagneticFieldStrength, else from the frequency
    bool mixed_orientation = false, mixed_contrast = false, mixed_size = false;
    int duplicate_positions = 0;
    int missing_slices = 0;  ///< holes in an otherwise regular stack
    bool irregular_spacing = false;
    int slice_count = 0;
    std::optional<Contrast> contrast;
    std::string contrast_source;  ///< which attribute said so
    bool lossy = false;
    std::string undecodable;  ///< why the pixels cannot be read; empty = they can
    bool contrast_agent = false;
    std::optional<double> patient_age_y;
    std::string manufacturer, software_versions;
    bool two_identities = false;  ///< instances disagree on the patient or the study
};

/// One series in the patient's own frame, rescaled: the value that the stages pass on.
struct SourceSeries {
    SeriesFacts facts;
    /// Present unless the facts forbid it (undecodable, mixed, duplicate, missing, irregular).
    /// Slices ascend along axes[2] = axes[0] x axes[1] for DICOM sources.
    std::optional<Volume> volume;
    std::optional<Window> window;
    std::string series_uid;
    std::vector<SourceInstance> instances;  ///< sorted by SOP Instance UID
    std::string content_digest;   ///< SHA-256 over the sorted (SOP Instance UID, pixel digest)
    std::string identity_digest;  ///< as InstanceFacts::identity_digest
    std::shared_ptr<const SourceHeader> header;  ///< null for NIfTI
    std::string calling_ae, called_ae;           ///< as it was received; empty for files
};

}  // namespace iqt
