// SPDX-License-Identifier: Apache-2.0
#include <new>
#include <utility>

#include "models/package.hpp"
#include "pipeline/grid/resample.hpp"

namespace iqt::models {
namespace {

/// Keys' cubic interpolation onto the enhanced grid: the baseline that every model has to beat.
class CubicEnhancer final : public Enhancer {
  public:
    explicit CubicEnhancer(ModelInfo info) : info_(std::move(info)) {}

    const ModelInfo& info() const override { return info_; }

    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        if (request.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "the enhancement was stopped by request");
        if (request.progress) request.progress(0, "interpolate");
        try {
            Enhancement result;
            result.mean = grid::resample(source, refine(source.geometry, info_.target_spacing_mm),
                                         grid::Kernel::Cubic);
            result.provenance.model = info_;
            result.provenance.seed = request.seed;
            result.provenance.samples = 0;
            if (request.progress) request.progress(1, "interpolate");
            return result;
        } catch (const std::bad_alloc&) {
            return fail(ErrorKind::OutOfResources,
                        "there is not enough memory for the enhanced grid", info_.id,
                        "give the worker more memory");
        }
    }

  private:
    ModelInfo info_;
};

}  // namespace

std::unique_ptr<Enhancer> make_cubic_enhancer(const Package& package) {
    return std::make_unique<CubicEnhancer>(package.info);
}

}  // namespace iqt::models
