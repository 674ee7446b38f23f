// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/core/result.hpp"

/// The safetensors format, float32 only: a little-endian 64-bit header length, a JSON header and
/// raw little-endian values. Nothing in it is executed, so weights from others are only numbers.
/// Source: the format description of the huggingface/safetensors project.
namespace iqt::models {

struct Tensor {
    std::vector<std::int64_t> shape;  ///< empty: a scalar
    std::vector<float> values;        ///< row-major, the product of `shape` of them
};

/// Reads all tensors by name. Errors: NotFound, InvalidInput (not this format, lying lengths,
/// overlapping or missing bytes, values that are not finite), NotSupported (another type than F32),
/// TooLarge (over 1 GiB).
Result<std::map<std::string, Tensor>> read_safetensors(const std::filesystem::path& file);

/// Writes tensors in the order of their names; equal tensors give equal bytes.
/// Errors: Io, Mismatch (a shape that does not fit its values).
Status write_safetensors(const std::filesystem::path& file,
                         const std::map<std::string, Tensor>& tensors);

}  // namespace iqt::models
