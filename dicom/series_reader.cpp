// SPDX-License-Identifier: Apache-2.0
#include "dicom/series_reader.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <tuple>

#include "dicom/codecs.hpp"
#include "dicom/facts.hpp"
#include "dicom/frames.hpp"
#include "dicom/image_kind.hpp"
#include "dicom/instance_facts.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/source_header.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom {
namespace {

/// One object, read and decoded.
struct Instance {
    InstanceFacts facts;
    InstanceSummary summary;
    StoredPixels pixels;
    std::string pixel_digest;
    std::unique_ptr<DcmDataset> header;
    std::size_t object = 0;  ///< index in the snapshot
};

Result<Instance> read_instance(const ObjectBytes& object) {
    const auto view = ObjectView::open(object);
    if (!view) return fail(view.error());
    const auto part10 = parse_part10(view->bytes());
    if (!part10) return fail(part10.error());
    auto facts = instance_facts(*part10);
    if (!facts) return fail(std::move(facts.error()));
    auto pixels = decode_pixels(*part10, facts->sop_class_uid);
    if (!pixels) return fail(std::move(pixels.error()));
    auto header = parse_header(*part10);
    if (!header) return fail(std::move(header.error()));
    Instance instance;
    instance.facts = std::move(*facts);
    instance.summary = summarise(**header, pixels->layout);
    instance.summary.lossy |= is_lossy_syntax(part10->transfer_syntax_uid);
    instance.pixel_digest = pixel_digest(*part10, *pixels);
    instance.pixels = std::move(*pixels);
    instance.header = std::move(*header);
    return instance;
}

Error named(Error error, const ObjectBytes& object, std::size_t index) {
    if (error.where.empty())
        error.where = object.file.empty() ? "object " + std::to_string(index + 1) + " of the series"
                                          : object.file.string();
    return error;
}

/// All instances in the order of their SOP Instance UIDs, so that nothing depends on the order of
/// arrival. An object that came twice counts once.
Result<std::vector<Instance>> read_instances(const SeriesSnapshot& snapshot) {
    std::vector<Instance> instances;
    std::uint64_t voxels = 0;
    for (std::size_t n = 0; n < snapshot.objects.size(); ++n) {
        auto instance = read_instance(snapshot.objects[n]);
        if (!instance) return fail(named(std::move(instance.error()), snapshot.objects[n], n));
        instance->object = n;
        voxels += instance->pixels.layout.voxels();
        if (voxels > kVoxelsMax)
            return fail(ErrorKind::InvalidInput,
                        "the series has more voxels than this product takes", {},
                        "send its parts as series of their own");
        instances.push_back(std::move(*instance));
    }
    std::stable_sort(instances.begin(), instances.end(), [](const Instance& a, const Instance& b) {
        return std::tie(a.facts.sop_instance_uid, a.pixel_digest) <
               std::tie(b.facts.sop_instance_uid, b.pixel_digest);
    });
    std::vector<Instance> kept;
    for (Instance& instance : instances) {
        if (!kept.empty() &&
            kept.back().facts.sop_instance_uid == instance.facts.sop_instance_uid &&
            kept.back().pixel_digest == instance.pixel_digest) {
            const auto same = same_content(snapshot.objects[kept.back().object],
                                           snapshot.objects[instance.object]);
            if (same && *same) continue;
        }
        kept.push_back(std::move(instance));
    }
    return kept;
}

/// All frames of all instances, in the order of the instances.
struct Pool {
    std::vector<const FrameHeader*> headers;
    std::vector<FramePlane> planes;
    std::vector<std::pair<const Instance*, int>> pixels;
};

Pool pool_frames(const std::vector<Instance>& instances) {
    Pool pool;
    for (const Instance& instance : instances)
        for (std::size_t f = 0; f < instance.summary.frames.size(); ++f) {
            pool.headers.push_back(&instance.summary.frames[f]);
            pool.planes.push_back(instance.summary.frames[f].plane);
            pool.pixels.emplace_back(&instance, static_cast<int>(f));
        }
    return pool;
}

std::string undecodable_reason(const Instance& instance) {
    if (!instance.pixels.undecodable.empty()) return instance.pixels.undecodable;
    if (instance.summary.modality_lut)
        return "the values are given by a modality look-up table, which this product does not "
               "apply";
    for (const FrameHeader& frame : instance.summary.frames)
        if (!frame.values.usable) return "RescaleSlope or RescaleIntercept is not usable";
    return {};
}

/// What single instances say. The first that states something is heard; flags add up.
void gather_instance_facts(const std::vector<Instance>& instances, SeriesFacts& facts) {
    for (const Instance& instance : instances) {
        const InstanceSummary& s = instance.summary;
        facts.own_output |= s.own_output;
        facts.derived |= s.derived;
        facts.mosaic |= s.mosaic;
        facts.localizer |= s.localizer;
        facts.diffusion_or_map |= s.diffusion_or_map;
        facts.lossy |= s.lossy;
        facts.contrast_agent |= s.contrast_agent;
        if (facts.body_part.empty()) facts.body_part = s.body_part;
        if (facts.manufacturer.empty()) facts.manufacturer = s.manufacturer;
        if (facts.software_versions.empty()) facts.software_versions = s.software_versions;
        if (!facts.field_strength_t) facts.field_strength_t = s.field_strength_t;
        if (!facts.patient_age_y) facts.patient_age_y = s.patient_age_y;
        if (facts.undecodable.empty()) facts.undecodable = undecodable_reason(instance);
        if (instance.facts.identity_digest != instances.front().facts.identity_digest ||
            instance.facts.study_uid != instances.front().facts.study_uid)
            facts.two_identities = true;
    }
}

void gather_stack_facts(const Pool& pool, const Stack& stack, SeriesFacts& facts) {
    facts.mixed_orientation = stack.mixed_orientation;
    facts.mixed_size = stack.mixed_size;
    facts.duplicate_positions = stack.duplicate_positions;
    facts.missing_slices = stack.missing_slices;
    facts.irregular_spacing = stack.irregular_spacing;
    facts.slice_count = stack.slice_count;
    ContrastFinding finding = find_contrast(pool.headers.front()->contrast);
    for (const FrameHeader* header : pool.headers)
        if (differ_in_contrast(*pool.headers.front(), *header)) facts.mixed_contrast = true;
    facts.contrast = finding.contrast;
    facts.contrast_source = std::move(finding.source);
}

Volume build_volume(const Pool& pool, const Stack& stack) {
    Volume volume(*stack.geometry);
    const auto slice_size = volume.voxels.size() / stack.order.size();
    for (std::size_t k = 0; k < stack.order.size(); ++k) {
        const auto& [instance, frame] = pool.pixels[stack.order[k]];
        const FrameValues& values = pool.headers[stack.order[k]]->values;
        const PixelLayout& layout = instance->pixels.layout;
        const int sign_bit = layout.is_signed ? 1 << (layout.bits_stored - 1) : 0;
        float* out = volume.voxels.data() + k * slice_size;
        // Adding and taking off the sign bit extends it: 0x800 of 12 bits becomes -2048.
        for (const std::uint16_t stored : instance->pixels.frame(frame)) {
            const int value = (stored ^ sign_bit) - sign_bit;
            *out++ = static_cast<float>(values.slope * value + values.intercept);
        }
    }
    return volume;
}

/// The window of the middle slice, where one is stated: where windows differ from slice to slice
/// the outermost ones fit air. Without a stack the first stated one.
std::optional<Window> window_of(const Pool& pool, const Stack& stack) {
    if (!stack.order.empty())
        if (const auto& window = pool.headers[stack.order[stack.order.size() / 2]]->values.window)
            return window;
    for (const FrameHeader* header : pool.headers)
        if (header->values.window) return header->values.window;
    return std::nullopt;
}

void identify(std::vector<Instance>& instances, SourceSeries& series) {
    digest::Sha256 content;
    for (const Instance& instance : instances) {
        series.instances.push_back(
            {instance.facts.sop_class_uid, instance.facts.sop_instance_uid, instance.pixel_digest});
        content.add_field(instance.facts.sop_instance_uid).add_field(instance.pixel_digest);
    }
    series.content_digest = content.hex();
    series.series_uid = instances.front().facts.series_uid;
    series.identity_digest = instances.front().facts.identity_digest;
    series.header = std::make_shared<DcmSourceHeader>(std::move(instances.front().header));
}

Result<SourceSeries> read_series(const SeriesSnapshot& snapshot) {
    auto instances = read_instances(snapshot);
    if (!instances) return fail(std::move(instances.error()));
    for (const Instance& instance : *instances)
        if (instance.facts.series_uid != instances->front().facts.series_uid)
            return fail(ErrorKind::InvalidInput, "the objects belong to different series");
    SourceSeries series;
    const Pool pool = pool_frames(*instances);
    const Stack stack = analyse_stack(pool.planes);
    gather_instance_facts(*instances, series.facts);
    gather_stack_facts(pool, stack, series.facts);
    if (series.facts.undecodable.empty() && stack.geometry)
        series.volume = build_volume(pool, stack);
    series.window = window_of(pool, stack);
    identify(*instances, series);
    return series;
}

Result<SourceSeries> read_header_alone(const ObjectBytes& object) {
    const auto view = ObjectView::open(object);
    if (!view) return fail(view.error());
    const auto part10 = parse_part10(view->bytes());
    if (!part10) return fail(part10.error());
    auto header = parse_header(*part10);
    if (!header) return fail(std::move(header.error()));
    SourceSeries series;
    series.facts.own_output = is_own_output(frame_attributes(**header, 1).front());
    series.header = std::make_shared<DcmSourceHeader>(std::move(*header));
    return series;
}

}  // namespace

Result<SourceSeries> DicomSeriesReader::read(const SeriesSnapshot& snapshot) const {
    if (snapshot.objects.empty())
        return fail(ErrorKind::InvalidInput, "the series holds no objects");
    initialise();
    try {
        return read_series(snapshot);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "not enough memory to read the series");
    } catch (const std::exception& error) {
        return fail(ErrorKind::Internal, std::string("reading the series failed: ") + error.what());
    }
}

Result<SourceSeries> DicomSeriesReader::read_header(const ObjectBytes& object) const {
    initialise();
    try {
        return read_header_alone(object);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "not enough memory to read the header");
    } catch (const std::exception& error) {
        return fail(ErrorKind::Internal, std::string("reading the header failed: ") + error.what());
    }
}

}  // namespace iqt::dicom
