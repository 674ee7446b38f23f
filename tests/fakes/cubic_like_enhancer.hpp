// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "pipeline/core/ports.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::fakes {

/// An Enhancer whose every value is known: cubic interpolation, a constant total SD, and on demand
/// a spot that the source does not contain.
class CubicLikeEnhancer final : public Enhancer {
  public:
    CubicLikeEnhancer() {
        info_.id = "fake";
        info_.version = "1.0.0";
        info_.digest = std::string(64, 'a');
        info_.contrasts = {Contrast::T1, Contrast::T2, Contrast::Flair};
        info_.training_statement = "Interpolation for tests.";
    }
    const ModelInfo& info() const override { return info_; }
    ModelInfo& edit() { return info_; }

    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        ++calls;
        seen_seed = request.seed;
        if (fails_with) return fail(*fails_with);
        Enhancement out;
        const Geometry fine = refine(source.geometry, info_.target_spacing_mm);
        out.mean = grid::resample(source, fine, grid::Kernel::Cubic);
        if (info_.has_uncertainty) {
            out.total_sd = Volume(fine, total_sd);
            out.intrinsic_sd = Volume(fine, total_sd);
            out.parameter_sd = Volume(fine, 0.0F);
        }
        if (info_.unfamiliar_threshold > 0) out.unfamiliarity = Volume(fine, unfamiliarity);
        if (invented > 0) invent(out.mean);
        out.provenance = {info_, request.seed, request.samples, "float32", "cpu", "whole"};
        return out;
    }

    int calls = 0;
    std::uint64_t seen_seed = 0;
    float total_sd = 1.0F;
    float unfamiliarity = 1.0F;
    float invented = 0;  ///< height of a 10 mm cube in the middle
    std::optional<Error> fails_with;

  private:
    void invent(Volume& mean) const {
        const auto& n = mean.geometry.size;
        for (int k = -5; k < 5; ++k)
            for (int j = -5; j < 5; ++j)
                for (int i = -5; i < 5; ++i)
                    mean.at(n[0] / 2 + i, n[1] / 2 + j, n[2] / 2 + k) += invented;
    }
    ModelInfo info_;
};

}  // namespace iqt::fakes
