// SPDX-License-Identifier: Apache-2.0
#include "models/train/checkpoint.hpp"

namespace iqt::models::train {

void copy_parameters(nets::IqtUr& to, nets::IqtUr& from) {
    const torch::NoGradGuard no_grad;
    auto source = from->parameters(), target = to->parameters();
    for (std::size_t n = 0; n < source.size(); ++n) target[n].copy_(source[n]);
}

Status save_checkpoint(const std::filesystem::path& file, nets::IqtUr& network,
                       nets::IqtUr& average, torch::optim::Optimizer& optimizer,
                       const CheckpointState& state) {
    const std::filesystem::path temporary = file.string() + ".new";
    try {
        torch::serialize::OutputArchive archive, network_part, average_part, optimizer_part;
        network->save(network_part);
        average->save(average_part);
        optimizer.save(optimizer_part);
        archive.write("network", network_part);
        archive.write("average", average_part);
        archive.write("optimizer", optimizer_part);
        archive.write("stage", c10::IValue(static_cast<std::int64_t>(state.stage)));
        archive.write("step", c10::IValue(state.step));
        archive.write("stage_step", c10::IValue(state.stage_step));
        archive.write("elapsed_s", c10::IValue(state.elapsed_s));
        archive.save_to(temporary.string());
        std::filesystem::rename(temporary, file);
    } catch (const std::exception& e) {
        return fail(ErrorKind::Io, std::string("the checkpoint cannot be written: ") + e.what(),
                    file.string(), "free disk space and resume");
    }
    return {};
}

Result<CheckpointState> load_checkpoint(const std::filesystem::path& file, nets::IqtUr& network,
                                        nets::IqtUr& average) {
    if (!std::filesystem::exists(file)) {
        return fail(ErrorKind::NotFound, "there is no checkpoint to resume from", file.string(),
                    "train without --resume");
    }
    try {
        torch::serialize::InputArchive archive, network_part, average_part;
        archive.load_from(file.string());
        archive.read("network", network_part);
        archive.read("average", average_part);
        network->load(network_part);
        average->load(average_part);
        CheckpointState state;
        const auto number = [&](const char* name) {
            c10::IValue value;
            archive.read(name, value);
            return value;
        };
        state.stage = static_cast<int>(number("stage").toInt());
        state.step = number("step").toInt();
        state.stage_step = number("stage_step").toInt();
        state.elapsed_s = number("elapsed_s").toDouble();
        return state;
    } catch (const std::exception& e) {
        return fail(ErrorKind::Corrupt, std::string("the checkpoint cannot be read: ") + e.what(),
                    file.string(), "use an older copy, or train anew");
    }
}

Status load_optimizer(const std::filesystem::path& file, torch::optim::Optimizer& optimizer) {
    try {
        torch::serialize::InputArchive archive, part;
        archive.load_from(file.string());
        archive.read("optimizer", part);
        optimizer.load(part);
        return {};
    } catch (const std::exception& e) {
        return fail(ErrorKind::Corrupt,
                    std::string("the optimizer's state cannot be read: ") + e.what(), file.string(),
                    "resume with a new schedule (--new-schedule)");
    }
}

}  // namespace iqt::models::train
