// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/manifest.hpp"
#include "pipeline/core/assert.hpp"

// A manifest of any bytes is usable or has problems that say what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto reading = iqt::models::read_manifest({reinterpret_cast<const char*>(data), size});
    if (reading.problems.empty()) IQT_ASSERT(!reading.manifest.info.id.empty());
    for (const auto& problem : reading.problems) IQT_ASSERT(!problem.what.empty());
    return 0;
}
