// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.hpp"
#include "pipeline/core/assert.hpp"

// Any text is a configuration or a list of problems, and what was accepted is accepted again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto config = iqt::config::parse(text);
    if (!config) {
        IQT_ASSERT(!config.error().empty());
        return 0;
    }
    const std::string written = iqt::config::to_json(*config);
    const auto again = iqt::config::parse(written);
    IQT_ASSERT(again.has_value());
    IQT_ASSERT(iqt::config::to_json(*again) == written);
    return 0;
}
