// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/text.hpp"

// Any bytes can be drawn, within the width that was given.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 2000) return 0;
    using namespace iqt::render;
    const Font font{8 + data[0] % 24, Weight::Normal};
    const int width_px = 40 + 2 * data[1];
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    IQT_ASSERT(printable(printable(text)) == printable(text));
    for (const std::string& line : wrap(text, font, width_px, 5)) {
        // One character may be wider than the narrowest line.
        IQT_ASSERT(text_width_px(line, font) <= width_px || line.size() <= 7);
        IQT_ASSERT(draw_line(line, font, {255, 255, 255}, {}).width > 0);
    }
    return 0;
}
