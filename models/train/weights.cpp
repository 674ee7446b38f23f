// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <nlohmann/json.hpp>

#include "models/train/trainer.hpp"

namespace iqt::models::train {

Status save_weights(nets::IqtUr& network, const std::filesystem::path& file) {
    nlohmann::json header;
    std::string data;
    for (const auto& item : network->named_parameters()) {
        const at::Tensor value = item.value().detach().to(at::kFloat).contiguous();
        const std::size_t from = data.size();
        data.append(reinterpret_cast<const char*>(value.data_ptr<float>()), value.nbytes());
        header[item.key()] = {{"dtype", "F32"}, {"shape", value.sizes().vec()}, {"data_offsets", {from, data.size()}}};
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::filesystem::path temporary = file.string() + ".new";
    {
        std::ofstream out(temporary, std::ios::binary);
        const auto size = static_cast<std::uint64_t>(text.size());
        out.write(reinterpret_cast<const char*>(&size), 8);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.write(data.data(), static_cast<std::streamsize>(data.size()));
        if (!out.flush()) return fail(ErrorKind::Io, "the weights cannot be written", file.string(), "free disk space");
    }
    std::error_code error;
    std::filesystem::rename(temporary, file, error);
    if (error) return fail(ErrorKind::Io, "the weights cannot be put in place", file.string());
    return {};
}

}  // namespace iqt::models::train
