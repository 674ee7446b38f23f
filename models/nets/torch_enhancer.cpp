// SPDX-License-Identifier: Apache-2.0
#include "models/nets/torch_enhancer.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <malloc.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "models/nets/sampler.hpp"
#include "models/nets/threads.hpp"
#include "models/nets/ur_input.hpp"
#include "models/nets/weights.hpp"

namespace iqt::models::nets {
namespace {

/// Runs `work` and turns whatever Torch throws into an Error: the one place that does.
template <class Work>
auto translated(const std::string& where, Work&& work) -> decltype(work()) {
    constexpr const char* kMemoryHint =
        "lower the memory limit of inference so that smaller tiles are used";
    try {
        return work();
    } catch (const c10::Error& e) {
        const std::string text = e.what_without_backtrace();
        if (text.find("out of memory") != std::string::npos ||
            text.find("alloc") != std::string::npos) {
            return fail(ErrorKind::OutOfResources, "not enough memory for this volume", where,
                        kMemoryHint);
        }
        return fail(ErrorKind::Internal, "the network failed: " + text.substr(0, text.find('\n')),
                    where);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "not enough memory for this volume", where,
                    kMemoryHint);
    } catch (const std::exception& e) {
        return fail(ErrorKind::Internal, std::string("the network failed: ") + e.what(), where);
    }
}

struct PagesGivenBack {
    PagesGivenBack() = default;
    PagesGivenBack(const PagesGivenBack&) = delete;
    PagesGivenBack& operator=(const PagesGivenBack&) = delete;
    ~PagesGivenBack() { malloc_trim(0); }
};

Result<at::Device> choose_device(const std::string& name) {
    const bool gpu = torch::cuda::is_available();
    if (name == "cpu" || (name == "auto" && !gpu)) return at::Device(at::kCPU);
    if (name != "auto" && name.rfind("cuda:", 0) != 0) {
        return fail(ErrorKind::Config, "the device is not known", name, "use auto, cpu or cuda:N");
    }
    if (!gpu) {
        return fail(ErrorKind::NotSupported, "this machine has no CUDA device that Torch can use",
                    name, "use cpu or auto");
    }
    const at::Device device(name == "auto" ? "cuda:0" : name);
    if (device.index() >= static_cast<int>(torch::cuda::device_count())) {
        return fail(ErrorKind::NotSupported, "there is no CUDA device of that number", name,
                    "use cpu or auto");
    }
    return device;
}

/// bfloat16 only where the processor computes in it: elsewhere it is emulated and slower.
bool cpu_has_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

Result<at::ScalarType> choose_precision(const std::string& name, const at::Device& device) {
    if (name == "auto") {
        if (device.is_cuda()) return at::kHalf;
        return cpu_has_bfloat16() ? at::kBFloat16 : at::kFloat;
    }
    if (name == "float32") return at::kFloat;
    if (name == "bfloat16") return at::kBFloat16;
    if (name == "float16" && device.is_cuda()) return at::kHalf;
    return fail(ErrorKind::NotSupported, "this precision is not to be had on this device", name,
                "use auto, float32 or bfloat16 (float16 on CUDA only)");
}

std::string precision_name(at::ScalarType type) {
    return type == at::kHalf ? "float16" : type == at::kBFloat16 ? "bfloat16" : "float32";
}

/// What model.json says beyond ModelInfo.
struct Card {
    UrOptions network;
    int flips = 1;
};

/// What is sampled, and how; left out: the tail, by filters.
bool read_sampling(const nlohmann::json& hyperparameters, UrOptions& network) {
    if (hyperparameters.contains("dropout")) {
        const auto& name = hyperparameters["dropout"];
        const auto dropout =
            name.is_string() ? dropout_from(name.get<std::string>()) : std::nullopt;
        if (!dropout) return false;
        network.dropout = *dropout;
    }
    if (hyperparameters.contains("sampled_blocks")) {
        const auto& count = hyperparameters["sampled_blocks"];
        if (!count.is_number_integer()) return false;
        network.sampled_blocks = count.get<int>();
    }
    return network.sampled_blocks >= 0 && network.sampled_blocks <= network.blocks;
}

Result<Card> read_card(const Package& package) {
    const auto json = nlohmann::json::parse(package.manifest_json, nullptr, false);
    Card card;
    const auto refuse = [&](const std::string& what) {
        return fail(ErrorKind::InvalidInput, what, (package.folder / "model.json").string(),
                    "write the package anew with iqt-train package");
    };
    if (!json.is_object() || !json.contains("hyperparameters"))
        return refuse("the network's hyperparameters are missing");
    const auto& h = json["hyperparameters"];
    const auto number = [&](const char* key, int& value) {
        if (!h.contains(key) || !h[key].is_number_integer()) return false;
        value = h[key].get<int>();
        return value >= 1 && value <= 256;
    };
    if (!number("channels", card.network.channels) ||
        !number("conditions", card.network.conditions) ||
        !number("filters", card.network.filters) || !number("blocks", card.network.blocks) ||
        !number("variance_filters", card.network.variance_filters) ||
        (h.contains("variance_layers") &&
         !number("variance_layers", card.network.variance_layers)) ||
        card.network.variance_layers > 8 || !read_sampling(h, card.network) ||
        card.network.channels != 4 || card.network.conditions != 6) {
        return refuse("the network's hyperparameters are not those of an IQT-UR");
    }
    if (h.contains("flips")) {
        if (!number("flips", card.flips) || (card.flips & (card.flips - 1)) != 0 || card.flips > 8)
            return refuse("hyperparameters.flips is not 1, 2, 4 or 8");
    }
    return card;
}

class TorchEnhancer final : public Enhancer {
  public:
    TorchEnhancer(const Package& package, const DeviceOptions& options, const Card& card,
                  at::Device device, at::ScalarType precision)
        : info_(package.info),
          options_(options),
          flips_(card.flips),
          device_(device),
          precision_(precision),
          network_(card.network) {}

    Status load(const std::filesystem::path& weights) {
        if (auto loaded = load_weights(network_, weights); !loaded) return loaded;
        auto familiarity = load_familiarity(weights, network_->options().filters);
        if (!familiarity) return fail(familiarity.error());
        familiarity_ = std::move(*familiarity);
        if (info_.unfamiliar_threshold > 0 && !familiarity_)
            return fail(ErrorKind::Mismatch,
                        "the weights lack the statistics that unfamiliar_threshold refers to",
                        weights.string(), "write the package anew with iqt-train package");
        network_->eval();
        network_->to(device_);
        return {};
    }

    const ModelInfo& info() const override { return info_; }

    Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) override {
        const PagesGivenBack after;
        return translated(info_.id, [&] { return run(source, request); });
    }

  private:
    Result<Enhancement> run(const Volume& source, const EnhanceRequest& request) {
        if (request.samples < 1 || request.samples > 1000) {
            return fail(ErrorKind::Config, "the number of samples must be 1 to 1000", info_.id,
                        "16 is the default");
        }
        use_threads(options_.threads);
        UrInput input = make_ur_input(source, info_.target_spacing_mm, request.contrast);
        SampleOptions how;
        how.samples = request.samples;
        how.seed = request.seed;
        how.flips = flips_;
        how.spread = info_.has_uncertainty;
        how.precision = precision_;
        how.contrast = request.contrast;
        if (info_.unfamiliar_threshold > 0) how.familiarity = &*familiarity_;
        how.device = device_;
        how.memory_bytes_max = options_.memory_bytes_max;
        how.progress = request.progress;
        how.stop = [&request] { return request.stop.stop_requested(); };
        Sampled sampled = sample(network_, std::exchange(input.channels, {}), input.condition, how);
        if (sampled.stopped) return fail(ErrorKind::Cancelled, "stopped by request", info_.id);
        Enhancement out = collect(input, sampled, request);
        // A magnitude image has no negative values; the network leaves small ones in air.
        if (std::ranges::all_of(source.voxels, [](float v) { return v >= 0; }))
            for (float& v : out.mean.voxels) v = std::max(v, 0.0F);
        return out;
    }

    Enhancement collect(UrInput& input, Sampled& sampled, const EnhanceRequest& request) const {
        const c10::InferenceMode inference;
        Enhancement out;
        out.provenance.model = info_.calibrated_for(request.contrast);
        out.provenance.seed = request.seed;
        out.provenance.samples = info_.has_uncertainty ? request.samples : 0;
        out.provenance.precision = precision_name(precision_);
        // Our kernels sum in other orders than the library: other bytes, so other kinds.
        out.provenance.device =
            device_.is_cuda() ? "cuda" : bf16::name_of(network_->kernels(precision_, device_));
        out.provenance.tiling = sampled.tiling;
        const auto finish = [&](const at::Tensor& tensor) {
            return as_volume(tensor, input.grid, input.slice_axis);
        };
        out.mean = std::move(input.cubic);
        as_tensor(out.mean, input.slice_axis).add_(sampled.residual, input.scale);
        sampled.residual.reset();
        if (sampled.unfamiliarity.defined()) out.unfamiliarity = finish(sampled.unfamiliarity);
        if (info_.has_uncertainty) {
            at::Tensor intrinsic =
                sampled.intrinsic_variance.mul_(out.provenance.model.variance_scale);
            out.total_sd =
                finish((intrinsic + sampled.parameter_variance).sqrt_().mul_(input.scale));
            out.intrinsic_sd = finish(intrinsic.sqrt_().mul_(input.scale));
            out.parameter_sd = finish(sampled.parameter_variance.sqrt_().mul_(input.scale));
        }
        return out;
    }

    ModelInfo info_;
    DeviceOptions options_;
    int flips_;
    at::Device device_;
    at::ScalarType precision_;
    IqtUr network_;
    std::optional<Familiarity> familiarity_;
};

}  // namespace

Result<std::unique_ptr<Enhancer>> make_torch_enhancer(const Package& package,
                                                      const DeviceOptions& options) {
    if (package.info.architecture != "iqt_ur") {
        return fail(ErrorKind::NotSupported,
                    "this build has no network \"" + package.info.architecture + "\"",
                    package.folder.string(), "use a package of this version");
    }
    return translated(package.folder.string(), [&]() -> Result<std::unique_ptr<Enhancer>> {
        const auto device = choose_device(options.device);
        if (!device) return fail(device.error());
        const auto precision = choose_precision(options.precision, *device);
        if (!precision) return fail(precision.error());
        const auto card = read_card(package);
        if (!card) return fail(card.error());
        keep_pages_between_layers();
        auto enhancer =
            std::make_unique<TorchEnhancer>(package, options, *card, *device, *precision);
        if (auto loaded = enhancer->load(package.folder / "weights.safetensors"); !loaded)
            return fail(loaded.error());
        return std::unique_ptr<Enhancer>(std::move(enhancer));
    });
}

}  // namespace iqt::models::nets
