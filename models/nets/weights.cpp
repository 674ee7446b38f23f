// SPDX-License-Identifier: Apache-2.0
#include "models/nets/weights.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "models/safetensors.hpp"

namespace iqt::models::nets {

Status save_weights(IqtUr& network, const std::filesystem::path& file,
                    const std::optional<Familiarity>& familiarity) {
    std::map<std::string, Tensor> tensors;
    if (familiarity) tensors = familiarity->tensors();
    for (const auto& item : network->named_parameters()) {
        const at::Tensor value = item.value().detach().to(at::kCPU, at::kFloat).contiguous();
        const float* data = value.data_ptr<float>();
        tensors[item.key()] = {value.sizes().vec(), {data, data + value.numel()}};
    }
    return write_safetensors(file, tensors);
}

namespace {

/// The parts that a start may have in another shape: they begin afresh together.
constexpr std::array<std::string_view, 2> kSpreadParts{"variance", "log_alpha"};

bool of_spread(std::string_view name) {
    return std::ranges::any_of(kSpreadParts,
                               [&](std::string_view part) { return name.starts_with(part); });
}

/// Whether the tensors of one part are those of this network, no more and no fewer.
bool holds_part(IqtUr& network, const std::map<std::string, Tensor>& tensors,
                std::string_view part) {
    std::ptrdiff_t wanted = 0;
    for (const auto& item : network->named_parameters()) {
        if (!item.key().starts_with(part)) continue;
        ++wanted;
        const auto found = tensors.find(item.key());
        if (found == tensors.end() ||
            !std::ranges::equal(found->second.shape, item.value().sizes()))
            return false;
    }
    return std::ranges::count_if(
               tensors, [&](const auto& item) { return item.first.starts_with(part); }) == wanted;
}

/// `is_start`: blocks that are not in the file begin as nothing; a variance head or noise of
/// another shape begins afresh.
Status load(IqtUr& network, const std::filesystem::path& file, bool is_start) {
    auto tensors = read_safetensors(file);
    if (!tensors) return fail(tensors.error());
    constexpr const char* kHint =
        "weights and hyperparameters of model.json must come from one training run";
    const torch::NoGradGuard no_grad;
    for (const std::string_view part : kSpreadParts)
        if (is_start && !holds_part(network, *tensors, part))
            std::erase_if(*tensors, [&](const auto& item) { return item.first.starts_with(part); });
    for (auto& item : network->named_parameters()) {
        const auto found = tensors->find(item.key());
        if (found == tensors->end()) {
            if (is_start && of_spread(item.key())) continue;
            if (is_start && item.key().rfind("block", 0) == 0) {
                if (item.key().find("_second.") != std::string::npos) item.value().zero_();
                continue;
            }
            return fail(ErrorKind::Mismatch, "the weights lack \"" + item.key() + "\"",
                        file.string(), kHint);
        }
        if (!std::ranges::equal(found->second.shape, item.value().sizes())) {
            return fail(ErrorKind::Mismatch,
                        "\"" + item.key() + "\" has another shape than the network", file.string(),
                        kHint);
        }
        item.value().copy_(torch::from_blob(found->second.values.data(), item.value().sizes()));
        tensors->erase(found);
    }
    for (const char* name : {kFamiliarityMean, kFamiliarityWhitening}) tensors->erase(name);
    if (!tensors->empty()) {
        return fail(ErrorKind::Mismatch, "the network has no \"" + tensors->begin()->first + "\"",
                    file.string(), kHint);
    }
    return {};
}

}  // namespace

Status load_weights(IqtUr& network, const std::filesystem::path& file) {
    return load(network, file, false);
}

Status load_start(IqtUr& network, const std::filesystem::path& file) {
    return load(network, file, true);
}

Result<std::optional<Familiarity>> load_familiarity(const std::filesystem::path& file,
                                                    std::int64_t filters) {
    auto tensors = read_safetensors(file);
    if (!tensors) return fail(tensors.error());
    const auto mean = tensors->find(kFamiliarityMean);
    const auto whitening = tensors->find(kFamiliarityWhitening);
    if (mean == tensors->end() && whitening == tensors->end()) return std::nullopt;
    constexpr std::int64_t kRows = kContrasts * kBins;
    if (mean == tensors->end() || whitening == tensors->end() ||
        mean->second.shape != std::vector<std::int64_t>{kRows, filters} ||
        whitening->second.shape != std::vector<std::int64_t>{kRows, filters, filters}) {
        return fail(ErrorKind::Mismatch, "the statistics of features do not fit the network",
                    file.string(), "calibrate the training run anew and package it again");
    }
    const auto tensor = [](Tensor& t) {
        return torch::from_blob(t.values.data(), t.shape).clone();
    };
    return Familiarity(tensor(mean->second), tensor(whitening->second));
}

}  // namespace iqt::models::nets
