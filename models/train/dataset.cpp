// SPDX-License-Identifier: Apache-2.0
#include "models/train/dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/nets/ur_input.hpp"
#include "models/nifti.hpp"
#include "models/simulate.hpp"
#include "models/train/augment.hpp"
#include "models/train/augment_lesions.hpp"
#include "models/train/periventricular.hpp"
#include "pipeline/grid/noise.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models::train {
namespace {

constexpr double kForeground = 0.05;  // share of the scale above which a voxel counts as head
constexpr float kBackgroundWeight = 0.1F;
/// What an error in even tissue costs beyond the 1 at edges: there it is noise that came through,
/// or a shadow of what is not there.
constexpr double kEvenWeight = 1.5;
constexpr double kEvenSd = 0.05;  // of the scale, over a voxel's neighbours
// Where small lesions are asked for: blocks that have them, blocks centred at a ventricle.
constexpr double kFull = 0.7, kAtVentricles = 0.5;

std::optional<Contrast> contrast_of(const std::string& name) {
    if (name.find("_FLAIR_") != std::string::npos) return Contrast::Flair;
    if (name.find("_T1_") != std::string::npos) return Contrast::T1;
    if (name.find("_T2_") != std::string::npos) return Contrast::T2;
    return std::nullopt;
}

std::size_t pick(std::mt19937_64& random, std::size_t count) {
    return std::min(count - 1,
                    static_cast<std::size_t>(uniform(random, 0, static_cast<double>(count))));
}

Result<Subject> load_subject(const std::filesystem::path& file, Contrast contrast) {
    auto volume = nifti::read(file);
    if (!volume) return fail(volume.error());
    Subject subject;
    subject.name = file.filename().string();
    subject.contrast = contrast;
    subject.volume = std::move(*volume);
    const double scale = grid::foreground_scale(subject.volume);
    if (!(scale > 0)) {
        return fail(ErrorKind::InvalidInput, "the volume has no foreground", file.string(),
                    "leave the file out");
    }
    for (float& v : subject.volume.voxels) v = static_cast<float>(v / scale);
    index_foreground(subject);
    return subject;
}

/// A box cut from a subject; what is planned in it, in its own frame.
struct Piece {
    Volume volume;
    std::vector<Lesion> at_ventricles;
};

using Voxel = std::array<int, 3>;

Voxel voxel_of(const Geometry& g, std::size_t n) {
    const auto ni = static_cast<std::size_t>(g.size[0]), nj = static_cast<std::size_t>(g.size[1]);
    return {static_cast<int>(n % ni), static_cast<int>(n / ni % nj),
            static_cast<int>(n / (ni * nj))};
}

/// Cuts a box around a voxel; spacing is stretched so that anatomy varies in size.
Piece cut(const Volume& whole, const Voxel& at, double edge_mm, const Vec3& stretch,
          const std::vector<Lesion>& planned) {
    const Geometry& g = whole.geometry;
    Voxel from{};
    Geometry box = g;
    for (std::size_t a = 0; a < 3; ++a) {
        box.spacing_mm[a] = g.spacing_mm[a] * stretch[a];
        box.size[a] = std::min(g.size[a], static_cast<int>(edge_mm / box.spacing_mm[a]));
        from[a] = std::clamp(at[a] - box.size[a] / 2, 0, g.size[a] - box.size[a]);
    }
    Piece out{Volume(box), {}};
    for (int k = 0; k < box.size[2]; ++k) {
        for (int j = 0; j < box.size[1]; ++j) {
            const float* row = &whole.voxels[whole.offset(from[0], from[1] + j, from[2] + k)];
            std::copy(row, row + box.size[0], &out.volume.voxels[out.volume.offset(0, j, k)]);
        }
    }
    for (Lesion lesion : planned) {
        const Vec3 v = g.index(lesion.centre_lps_mm);
        lesion.centre_lps_mm = box.point_lps_mm(v[0] - from[0], v[1] - from[1], v[2] - from[2]);
        out.at_ventricles.push_back(lesion);
    }
    return out;
}

/// Where a block is centred: on the head or, in `share` of the blocks, on a lesion planned for it.
Voxel draw_centre(const Subject& subject, const std::vector<Lesion>& planned, double share,
                  std::mt19937_64& random) {
    const Geometry& g = subject.volume.geometry;
    if (planned.empty() || uniform(random, 0, 1) >= share)
        return voxel_of(g, subject.foreground[pick(random, subject.foreground.size())]);
    const Vec3 at = g.index(planned[pick(random, planned.size())].centre_lps_mm);
    Voxel out{};
    for (std::size_t a = 0; a < 3; ++a) out[a] = static_cast<int>(std::lround(at[a]));
    return out;
}

/// White matter over the foreground scale, roughly: what an SNR of the fixed setting refers to.
double white_matter_share(Contrast contrast) {
    return contrast == Contrast::T1 ? 0.85 : contrast == Contrast::T2 ? 0.35 : 0.55;
}

Volume ones(const Geometry& geometry) {
    Volume out(geometry);
    std::fill(out.voxels.begin(), out.voxels.end(), 1.0F);
    return out;
}

/// Puts lesions into some of the pieces; what an error costs then, nothing where there are none.
std::optional<Volume> draw_lesions(Piece& piece, int small_lesions,
                                   std::optional<Contrast> contrast, std::mt19937_64& random) {
    std::optional<Volume> weights;
    if (uniform(random, 0, 1) < 0.6) weights = add_lesions(piece.volume, random);
    if (small_lesions == 0 || uniform(random, 0, 1) >= kFull) return weights;
    if (!weights) weights = ones(piece.volume.geometry);
    add_periventricular(piece.volume, *weights, piece.at_ventricles, contrast, random);
    const double most = 2 * small_lesions / kFull;
    add_small_lesions(piece.volume, *weights, static_cast<int>(uniform(random, 0, most)), random);
    return weights;
}

/// The fixed setting that probes are measured at.
SimulateOptions plain_acquisition(Contrast contrast) {
    SimulateOptions o;
    o.white_matter = 1.0;
    o.snr = 18.0 / white_matter_share(contrast);
    return o;
}

/// 1 where the truth is even over 3 x 3 x 3 voxels, 0 at edges. [1, d, h, w].
at::Tensor evenness(const at::Tensor& truth) {
    const at::Tensor y = at::replication_pad3d(truth.unsqueeze(0), {1, 1, 1, 1, 1, 1});
    const at::Tensor mean = at::avg_pool3d(y, 3, 1), square = at::avg_pool3d(y.square(), 3, 1);
    const at::Tensor variance = (square - mean.square()).clamp_min(0);
    return (-variance / (kEvenSd * kEvenSd)).exp().squeeze(0);
}

}  // namespace

void index_foreground(Subject& subject) {
    std::size_t seen = 0;
    for (std::size_t n = 0; n < subject.volume.voxels.size(); ++n) {
        if (subject.volume.voxels[n] > 0.2F && ++seen % 37 == 0) {
            subject.foreground.push_back(static_cast<std::uint32_t>(n));
        }
    }
    subject.foreground_voxels = seen;
}

void plan_ventricles(Subject& subject, std::uint64_t seed) {
    constexpr int kEach = 10;
    subject.at_ventricles =
        plan_periventricular(subject.volume, subject.contrast, {3, 4, 5, 7, 10, 15}, kEach, seed);
}

Result<Subjects> load_subjects(const std::filesystem::path& folder,
                               const std::vector<std::string>& held_out) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().string().ends_with(".nii.gz")) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    Subjects out;
    for (const auto& file : files) {
        const std::string name = file.filename().string();
        const auto contrast = contrast_of(name);
        if (!contrast) continue;
        const bool kept_out =
            std::any_of(held_out.begin(), held_out.end(),
                        [&](const std::string& h) { return name.starts_with(h); });
        auto subject = load_subject(file, *contrast);
        if (!subject) return fail(subject.error());
        (kept_out ? out.held_out : out.training).push_back(std::move(*subject));
    }
    if (out.training.empty() && out.held_out.empty()) {
        return fail(ErrorKind::NotFound, "no volume was found", folder.string(),
                    "file names need _T1_, _T2_ or _FLAIR_ and end in .nii.gz");
    }
    return out;
}

Block make_block(const Subject& subject, int edge_mm, Augment augment, std::uint64_t seed,
                 Contrast as, int small_lesions) {
    std::mt19937_64 random(seed);
    const bool full = augment == Augment::Full;
    Vec3 stretch{1, 1, 1};
    if (full) {
        const double size = uniform(random, 0.9, 1.12);
        for (double& s : stretch) s = size * uniform(random, 0.96, 1.04);
    }
    const std::vector<Lesion> planned =
        small_lesions > 0 ? subject.at_ventricles : std::vector<Lesion>();
    Piece piece = cut(subject.volume, draw_centre(subject, planned, kAtVentricles, random), edge_mm,
                      stretch, planned);
    Volume& fine = piece.volume;
    std::optional<Contrast> contrast = as;
    std::optional<Volume> weights;
    if (full) {
        if (as != subject.contrast)
            turn_t1_into(as, fine, random);
        else if (remap(fine, random))
            contrast.reset();
        weights = draw_lesions(piece, small_lesions, contrast, random);
        if (uniform(random, 0, 1) < 0.5) add_bias_field(fine, random);
        if (uniform(random, 0, 1) < 0.1) contrast.reset();
    }
    const SimulateOptions options =
        augment == Augment::None ? plain_acquisition(as) : draw_acquisition(random);
    const double scale = full ? uniform(random, 0.88, 1.08) : 0.97;
    const Simulation low = simulate(fine, options, random());
    // A block has too little air to measure noise in; a whole scan's estimate is about this good.
    const double estimate = full ? std::exp(uniform(random, -0.12, 0.12)) : 1.0;
    nets::UrInput input =
        nets::make_ur_input(low.low_field, 1.0, contrast, scale, low.noise_sd * estimate);
    const Volume truth = grid::resample_free(fine, input.grid, grid::Kernel::Cubic);
    Block block;
    const at::Tensor target =
        nets::as_tensor(truth, input.slice_axis).div(scale).sub(nets::kCentre);
    // The rim was simulated from repeated edges, which no scan has.
    const auto inner = [](const at::Tensor& t) {
        constexpr std::int64_t kRim = 5;
        const auto n = t.dim();
        return t.narrow(n - 3, kRim, t.size(n - 3) - 2 * kRim)
            .narrow(n - 2, kRim, t.size(n - 2) - 2 * kRim)
            .narrow(n - 1, kRim, t.size(n - 1) - 2 * kRim)
            .contiguous();
    };
    block.channels = inner(input.channels);
    block.truth = inner(target.unsqueeze(0));
    block.weight = 1 + kEvenWeight * evenness(block.truth);
    if (weights) {
        const Volume there = grid::resample_free(*weights, input.grid, grid::Kernel::Linear);
        const at::Tensor in_lesions = inner(nets::as_tensor(there, input.slice_axis).unsqueeze(0));
        block.weight = at::where(in_lesions > 1, in_lesions * (1 + kEvenWeight), block.weight);
    }
    block.condition = input.condition;
    return block;
}

Batch sample_batch(const std::vector<const Block*>& blocks, int batch, int edge,
                   std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<at::Tensor> channels, truths, conditions, weights;
    for (int tries = 0; static_cast<int>(channels.size()) < batch && tries < 1000; ++tries) {
        const Block& block = *blocks[pick(random, blocks.size())];
        at::Tensor x = block.channels, y = block.truth, w = block.weight;
        bool fits = true;
        for (std::int64_t axis = 1; axis <= 3; ++axis) {
            const auto room = x.size(axis) - edge;
            if (room < 0) {
                fits = false;
                break;
            }
            const auto from =
                static_cast<std::int64_t>(pick(random, static_cast<std::size_t>(room) + 1));
            x = x.narrow(axis, from, edge);
            y = y.narrow(axis, from, edge);
            w = w.narrow(axis, from, edge);
        }
        if (!fits || (y.mean().item<float>() < -0.42F && uniform(random, 0, 1) < 0.9)) continue;
        std::vector<std::int64_t> flips;
        at::Tensor sign = torch::ones({4, 1, 1, 1});
        for (std::int64_t axis = 1; axis <= 3; ++axis) {
            if (uniform(random, 0, 1) < 0.5) {
                flips.push_back(axis);
                sign[axis].fill_(-1.0);  // a flip turns the phase of its axis
            }
        }
        channels.push_back(x.flip(flips) * sign);
        truths.push_back(y.flip(flips));
        weights.push_back(w.flip(flips));
        conditions.push_back(block.condition);
    }
    Batch out{torch::stack(channels), torch::stack(truths), torch::stack(conditions), {}};
    out.weight = at::where(out.truth > kForeground - nets::kCentre, torch::stack(weights),
                           torch::full({}, kBackgroundWeight));
    return out;
}

}  // namespace iqt::models::train
