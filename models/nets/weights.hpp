// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "models/nets/familiarity.hpp"
#include "models/nets/iqt_ur.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::models::nets {

/// Stores the network's parameters by name as safetensors, float32, and beside them the statistics
/// of its features where there are any. Errors: Io.
Status save_weights(IqtUr& network, const std::filesystem::path& file,
                    const std::optional<Familiarity>& familiarity = {});

/// Loads them into a network of the same options. Errors: NotFound, InvalidInput, Mismatch (a
/// parameter is missing, unknown or of another shape).
Status load_weights(IqtUr& network, const std::filesystem::path& file);

/// The same for a start of training: blocks that the file lacks begin as nothing (their second
/// convolution is zero), so that the network computes what the file's network did.
Status load_start(IqtUr& network, const std::filesystem::path& file);

/// The statistics of the trunk's features beside the weights; nothing where the file has none.
/// Errors: NotFound, InvalidInput, Mismatch (made for another number of filters).
Result<std::optional<Familiarity>> load_familiarity(const std::filesystem::path& file,
                                                    std::int64_t filters);

}  // namespace iqt::models::nets
