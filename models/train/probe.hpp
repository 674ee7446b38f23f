// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "models/nets/iqt_ur.hpp"
#include "models/train/dataset.hpp"

/// How a network does while it is trained: on fixed blocks of the subjects that are held out.
namespace iqt::models::train {

struct Probe {
    std::string name;  ///< "T1a", "FLAIRb", ...
    Block block;
};

/// Two blocks of each subject, in the plain setting; always the same.
std::vector<Probe> make_probes(const std::vector<Subject>& held_out);

/// By probe: PSNR of cubic and gain over it (dB), mean z^2 of the variance head, and its AUC
/// (errors above 0.1 of the scale) and rank correlation.
nlohmann::json measure(nets::IqtUr& network, const std::vector<Probe>& probes);

/// What the samples say, by means over the probes: share of the parameter variance, its AUC and
/// rank correlation, the AUC of both together; `sampled_share` is the time of a sample over that of
/// a deterministic pass.
nlohmann::json measure_samples(nets::IqtUr& network, const std::vector<Probe>& probes);

}  // namespace iqt::models::train
