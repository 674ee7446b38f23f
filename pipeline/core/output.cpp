// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/output.hpp"

#include <array>

namespace iqt {
namespace {
constexpr std::array<std::string_view, 8> kNames{
    "warning", "summary", "enhanced", "input_on_grid", "notice", "uncertainty", "flags", "report"};
}

std::string_view to_string(OutputKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<OutputKind> output_kind_from(std::string_view name) {
    for (std::size_t index = 0; index < kNames.size(); ++index)
        if (kNames[index] == name) return static_cast<OutputKind>(index);
    return std::nullopt;
}

}  // namespace iqt
