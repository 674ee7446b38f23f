// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <cairo.h>

#include "pipeline/render/panel.hpp"
#include "pipeline/render/raster.hpp"

namespace iqt::render {
namespace {

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
    try {
        static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
        return CAIRO_STATUS_SUCCESS;
    } catch (...) {
        return CAIRO_STATUS_WRITE_ERROR;
    }
}

}  // namespace

Result<std::string> to_png(const RgbImage& image) {
    const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height),
        &cairo_surface_destroy);
    cairo_status_t status = cairo_surface_status(surface.get());
    std::string bytes;
    if (status == CAIRO_STATUS_SUCCESS && image.width > 0 && image.height > 0) {
        unsigned char* const rows = cairo_image_surface_get_data(surface.get());
        const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
        for (int y = 0; y < image.height; ++y) {
            auto* row =
                reinterpret_cast<std::uint32_t*>(rows + static_cast<std::size_t>(y) * stride);
            for (int x = 0; x < image.width; ++x) {
                const Color color = color_at(image, x, y);
                row[x] = (static_cast<std::uint32_t>(color.red) << 16U) |
                         (static_cast<std::uint32_t>(color.green) << 8U) | color.blue;
            }
        }
        cairo_surface_mark_dirty(surface.get());
        status = cairo_surface_write_to_png_stream(surface.get(), append, &bytes);
    } else if (status == CAIRO_STATUS_SUCCESS) {
        status = CAIRO_STATUS_INVALID_SIZE;
    }
    if (status != CAIRO_STATUS_SUCCESS)
        return fail(
            ErrorKind::Internal,
            std::string("an image could not be written as PNG: ") + cairo_status_to_string(status),
            std::to_string(image.width) + " x " + std::to_string(image.height) + " pixels",
            "images of 1 to 32767 pixels a side can be written");
    return bytes;
}

}  // namespace iqt::render
