// SPDX-License-Identifier: Apache-2.0
#include "models/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "models/nets/threads.hpp"
#include "models/nets/weights.hpp"
#include "models/train/block_feed.hpp"
#include "models/train/checkpoint.hpp"
#include "models/train/label_synthesis.hpp"
#include "models/train/probe.hpp"

namespace iqt::models::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLogEvery = 20;
constexpr std::int64_t kProbeEvery = 100;
constexpr double kCheckpointEveryS = 120;
constexpr double kWarmUpSteps = 150;
constexpr double kSpreadRate = 2e-3;
constexpr double kAverage = 0.999;  // decay of the moving average of the weights
constexpr double kClip = 0.2;
constexpr double kRobust = 0.3;       // of the intensity scale
constexpr double kCellVoxels = 4096;  // voxels that count as one independent observation

class Trainer {
  public:
    Trainer(TrainOptions options, Subjects subjects)
        : options_(std::move(options)), subjects_(std::move(subjects)) {
        torch::manual_seed(options_.seed);
        network_ = nets::IqtUr(options_.network);
        average_ = nets::IqtUr(options_.network);
        copy_parameters(average_, network_);
        double voxels = 0;
        for (const Subject& s : subjects_.training)
            voxels += static_cast<double>(s.foreground_voxels);
        divergence_weight_ = kCellVoxels / std::max(voxels, kCellVoxels);
        probes_ = make_probes(subjects_.held_out);
    }

    Status run() {
        if (!options_.start.empty() && !options_.resume) {
            if (auto loaded = nets::load_start(network_, options_.start); !loaded) return loaded;
            copy_parameters(average_, network_);
        }
        if (options_.resume) {
            if (auto loaded = resume(); !loaded) return loaded;
        }
        log_.open(options_.output / "log.jsonl", std::ios::app);
        if (!log_)
            return fail(ErrorKind::Io, "the log cannot be written", options_.output.string());
        started_ = last_checkpoint_ = Clock::now();
        for (;;) {
            if (auto done = run_stage(); !done) return done;
            if (auto saved = save(); !saved) return saved;
            if (stopped_ || !mean_stage()) break;
            // The spread is fitted to the averaged weights: they are what is shipped.
            copy_parameters(network_, average_);
            state_.stage = 2;
            state_.stage_step = 0;
            optimizer_.reset();
        }
        if (isatty(2) != 0) std::fputc('\n', stderr);
        return {};
    }

  private:
    bool mean_stage() const { return state_.stage == 1; }

    double elapsed_s() const {
        return state_.elapsed_s + std::chrono::duration<double>(Clock::now() - started_).count();
    }

    /// How much of the present stage is done, 0..1; by steps where they are given (repeatable).
    double progress() const {
        const double share = mean_stage() ? 1 - options_.spread_share : options_.spread_share;
        if (share <= 0) return 1;  // a stage that is left out
        if (options_.steps > 0) {
            return static_cast<double>(state_.stage_step) /
                   std::max(1.0, share * static_cast<double>(options_.steps));
        }
        const double mean_s = (1 - options_.spread_share) * options_.minutes * 60;
        return mean_stage()
                   ? elapsed_s() / mean_s
                   : (elapsed_s() - mean_s) / (options_.spread_share * options_.minutes * 60);
    }

    Status resume() {
        auto loaded = load_checkpoint(options_.output / "checkpoint.pt", network_, average_);
        if (!loaded) return fail(loaded.error());
        if (options_.start_from_weights) {
            copy_parameters(network_, average_);
            return {};
        }
        state_ = *loaded;
        make_optimizer();
        return load_optimizer(options_.output / "checkpoint.pt", *optimizer_);
    }

    void make_optimizer() {
        const auto parameters =
            mean_stage() ? network_->mean_parameters() : network_->spread_parameters();
        for (auto& p : network_->parameters()) p.set_requires_grad(false);
        for (auto p : parameters) p.set_requires_grad(true);
        // With the usual 0.999 a run's loss once rose from 0.008 to 7e4 and took 150 steps to come
        // back, on blocks that showed nothing odd. Cause not proven; a mean square that follows the
        // gradient sooner bounds how far one steep batch can move the weights.
        optimizer_ = std::make_unique<torch::optim::Adam>(
            parameters, torch::optim::AdamOptions(options_.rate).betas({0.9, 0.99}));
    }

    void set_rate(double done) {
        const double warm =
            std::min(1.0, static_cast<double>(state_.stage_step + 1) / kWarmUpSteps);
        const double top = mean_stage() ? options_.rate : kSpreadRate;
        const double rate =
            warm * (0.02 + 0.98 * 0.5 * (1 + std::cos(M_PI * std::min(done, 1.0)))) * top;
        for (auto& group : optimizer_->param_groups()) {
            static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
        }
        rate_ = rate;
    }

    at::Tensor mean_loss(const Batch& b) {
        const at::Tensor residual =
            network_->mean_residual(b.channels.to(at::kBFloat16), b.condition);
        const at::Tensor d = b.channels.narrow(1, 0, 1) + residual - b.truth;
        // Almost the squared error (what PSNR measures), linear for the few errors beyond kRobust.
        return (((d.square() + kRobust * kRobust).sqrt() - kRobust) * b.weight).sum() /
               b.weight.sum();
    }

    at::Tensor spread_loss(const Batch& b) {
        nets::Trunk trunk;
        nets::Features first;
        {
            const torch::NoGradGuard frozen;
            trunk = network_->whole_trunk(b.channels.to(at::kBFloat16), b.condition);
            first = network_->tail_first(trunk.features);
        }
        // Noise of weights is one draw for the batch, noise of filters one for each patch.
        const bool by_filters = options_.network.dropout == nets::Dropout::Filter;
        const at::Tensor eps =
            torch::randn({by_filters ? b.channels.size(0) : 1, network_->noise_size()});
        const at::Tensor residual =
            nets::shuffle2(network_->sampled_half(trunk, first, network_->noise(eps)));
        const at::Tensor log_variance = network_->log_variance(trunk.features);
        const at::Tensor d = b.channels.narrow(1, 0, 1) + residual - b.truth;
        const at::Tensor nll = 0.5 * (log_variance + d.square() * (-log_variance).exp());
        const double warm = std::min(1.0, static_cast<double>(state_.stage_step) / kWarmUpSteps);
        // Lesions count here as anything else does: the spread is to be honest, not careful.
        const at::Tensor weight = b.weight.clamp_max(1);
        return (nll * weight).sum() / weight.sum() +
               warm * divergence_weight_ * network_->divergence();
    }

    Status run_stage() {
        if (!optimizer_) make_optimizer();
        BlockFeed feed(subjects_.training,
                       mix(options_.seed, static_cast<std::uint64_t>(state_.stage)),
                       state_.stage_step, options_.small_lesions);
        double sum = 0;
        std::int64_t count = 0;
        while (progress() < 1.0) {
            if (options_.stop && options_.stop(state_.step)) {
                stopped_ = true;
                return {};
            }
            const auto held = feed.blocks(state_.stage_step);
            std::vector<const Block*> blocks;
            for (const auto& b : held) blocks.push_back(b.get());
            const std::uint64_t seed =
                mix(options_.seed + 17, static_cast<std::uint64_t>(state_.step));
            torch::manual_seed(seed);
            const Batch batch = sample_batch(blocks, options_.batch, options_.patch, seed);
            set_rate(progress());
            optimizer_->zero_grad();
            const at::Tensor loss = mean_stage() ? mean_loss(batch) : spread_loss(batch);
            loss.backward();
            steepest_ = std::max(steepest_, torch::nn::utils::clip_grad_norm_(
                                                optimizer_->param_groups()[0].params(), kClip));
            optimizer_->step();
            ++state_.step;
            ++state_.stage_step;
            update_average();
            const double value = loss.item<double>();
            if (!std::isfinite(value)) {
                return fail(ErrorKind::Internal, "the loss is not a number any more",
                            "step " + std::to_string(state_.step),
                            "resume from the checkpoint with a lower --rate");
            }
            sum += value;
            ++count;
            if (state_.step % kLogEvery == 0) {
                report(sum / static_cast<double>(count));
                sum = 0;
                count = 0;
            }
            if (std::chrono::duration<double>(Clock::now() - last_checkpoint_).count() >
                kCheckpointEveryS) {
                if (auto saved = save(); !saved) return saved;
            }
        }
        return {};
    }

    void update_average() {
        const torch::NoGradGuard no_grad;
        const double step = static_cast<double>(state_.stage_step);
        const double decay = std::min(kAverage, (1 + step) / (10 + step));
        auto from = network_->parameters(), to = average_->parameters();
        for (std::size_t n = 0; n < from.size(); ++n) to[n].lerp_(from[n], 1 - decay);
    }

    void report(double loss) {
        const double seconds = elapsed_s();
        nlohmann::json line{{"step", state_.step},  {"stage", state_.stage}, {"loss", loss},
                            {"rate", rate_},        {"seconds", seconds},    {"done", progress()},
                            {"gradient", steepest_}};
        steepest_ = 0;
        if (state_.step % kProbeEvery == 0 || state_.stage_step <= kLogEvery) {
            line["held_out"] = measure(average_, probes_);
            if (!mean_stage()) line["samples"] = measure_samples(average_, probes_);
        }
        if (!mean_stage()) {
            line["divergence"] = network_->divergence().item<double>();
        }
        log_ << line.dump() << std::endl;
        if (isatty(2) != 0) {
            std::fprintf(stderr, "\rstage %d  step %lld  loss %.5f  %3.0f %%  %.0f s   ",
                         state_.stage, static_cast<long long>(state_.step), loss,
                         100 * std::min(1.0, progress()), seconds);
        }
    }

    Status save() {
        CheckpointState now = state_;
        now.elapsed_s = elapsed_s();
        if (auto saved = save_checkpoint(options_.output / "checkpoint.pt", network_, average_,
                                         *optimizer_, now);
            !saved) {
            return saved;
        }
        last_checkpoint_ = Clock::now();
        return nets::save_weights(average_, options_.output / "weights.safetensors");
    }

    TrainOptions options_;
    Subjects subjects_;
    nets::IqtUr network_{nullptr}, average_{nullptr};
    std::unique_ptr<torch::optim::Adam> optimizer_;
    std::vector<Probe> probes_;
    CheckpointState state_;
    bool stopped_ = false;
    double divergence_weight_ = 0, rate_ = 0;
    double steepest_ = 0;  ///< norm of the gradient, the largest since the last report
    Clock::time_point started_, last_checkpoint_;
    std::ofstream log_;
};

nlohmann::json settings(const TrainOptions& o, const Subjects& subjects) {
    nlohmann::json out{{"minutes", o.minutes},
                       {"steps", o.steps},
                       {"seed", o.seed},
                       {"batch", o.batch},
                       {"patch", o.patch},
                       {"rate", o.rate},
                       {"spread_share", o.spread_share},
                       {"small_lesions", o.small_lesions}};
    out["network"] = {{"channels", o.network.channels},
                      {"conditions", o.network.conditions},
                      {"filters", o.network.filters},
                      {"blocks", o.network.blocks},
                      {"variance_filters", o.network.variance_filters},
                      {"variance_layers", o.network.variance_layers},
                      {"dropout", std::string(to_string(o.network.dropout))},
                      {"sampled_blocks", o.network.sampled_blocks}};
    for (const Subject& s : subjects.training) out["training"].push_back(s.name);
    for (const Subject& s : subjects.held_out) out["held_out"].push_back(s.name);
    return out;
}

/// A resumed run must be the run that was begun, but for its budget of time.
Status check_same(const std::filesystem::path& file, nlohmann::json now) {
    nlohmann::json before = nlohmann::json::parse(std::ifstream(file), nullptr, false);
    if (!before.is_object())
        return fail(ErrorKind::NotFound, "settings.json of the run is missing or broken",
                    file.string(), "train without --resume");
    for (nlohmann::json* settings : {&before, &now}) settings->erase("minutes");
    for (const auto& [key, value] : now.items())
        if (before.value(key, nlohmann::json()) != value)
            return fail(ErrorKind::Mismatch,
                        "the run was begun with another \"" + key +
                            "\": " + before.value(key, nlohmann::json()).dump().substr(0, 200),
                        file.string(), "resume with what settings.json states, or --new-schedule");
    return {};
}

}  // namespace

Status train(const TrainOptions& options) {
    nets::use_threads(options.threads);
    nets::keep_pages_between_layers();
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error)
        return fail(ErrorKind::Io, "the output folder cannot be made", options.output.string());
    auto subjects = load_subjects(options.data, options.held_out);
    if (!subjects) return fail(subjects.error());
    if (!options.labels.empty()) {
        auto made = synthesize_all(options.labels, options.seed);
        if (!made) return fail(made.error());
        std::move(made->begin(), made->end(), std::back_inserter(subjects->training));
    }
    if (options.small_lesions > 0)
        for (Subject& s : subjects->training)
            if (!s.synthetic) plan_ventricles(s, options.seed);
    const nlohmann::json stated = settings(options, *subjects);
    if (options.resume && !options.start_from_weights) {
        if (auto same = check_same(options.output / "settings.json", stated); !same) return same;
    }
    std::ofstream(options.output / "settings.json") << stated.dump(2) << '\n';
    try {
        return Trainer(options, std::move(*subjects)).run();
    } catch (const std::exception& e) {
        return fail(ErrorKind::Internal, std::string("training stopped: ") + e.what(),
                    options.output.string());
    }
}

}  // namespace iqt::models::train
