// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "pipeline/core/volume.hpp"

/// Linear maps along one axis of a grid: what interpolation, blur and acquisition are made of.
namespace iqt::grid {

/// Calls body(begin, end) on parts of [0, count) from several threads and waits for all of them.
/// `body` writes only what belongs to its part, so results do not depend on the thread count.
/// Work below `least_per_thread` items is not split further.
void parallel_for(std::size_t count, std::size_t least_per_thread,
                  const std::function<void(std::size_t, std::size_t)>& body);

/// Threads that parallel_for uses at most; 0 = all cores that this process may run on (the
/// default). For the whole process; safe from any thread.
void set_thread_limit(int threads);

/// out[m] = sum over t of weight[m * taps + t] * in[index[m * taps + t]].
struct AxisMap {
    int taps = 1;
    std::vector<int> index;  ///< always inside the input axis: edges repeat
    std::vector<float> weight;

    int out_size() const { return static_cast<int>(index.size()) / taps; }
    bool is_identity(int in_size) const;
};

/// Row by row builder: each output sample's taps are consecutive input samples from `first` on,
/// clamped to the input axis.
class AxisMapBuilder {
  public:
    AxisMapBuilder(int in_size, int taps);
    /// Adds one output sample. `weights` has `taps` entries.
    void add(int first, std::span<const double> weights);
    AxisMap take() { return std::move(map_); }

  private:
    int in_size_;
    AxisMap map_;
};

/// Applies a map to the lines along `axis` (0, 1, 2); sets only the voxels and the size of the
/// result's geometry: the caller knows where the new samples lie.
Volume apply_along(const Volume& in, int axis, const AxisMap& map);

/// Sampled, normalised Gaussian from -radius to radius (radius = 4 sigma, rounded up); sigma in
/// samples; {1} for sigma 0.
std::vector<double> gaussian_taps(double sigma);

/// Standard deviation of a Gaussian of the given full width at half maximum.
double sigma_from_fwhm(double fwhm);

/// True where both grids have equal axes (unit vectors within 1e-4).
bool same_axes(const Geometry& a, const Geometry& b);

/// Fractional source index along `axis` of target sample m is offset + m * step, for equal axes.
struct AxisAlignment {
    double offset = 0, step = 1;
};
AxisAlignment align(const Geometry& source, const Geometry& target, std::size_t axis);

}  // namespace iqt::grid
