// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>

#include <cairo.h>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/text.hpp"

namespace iqt::render {
namespace {

constexpr Color kWhite{255, 255, 255}, kText{30, 30, 30}, kGrid{222, 222, 222}, kFrame{90, 90, 90};
constexpr Font kTitle{18, Weight::Bold}, kLabel{14, Weight::Normal}, kTick{13, Weight::Normal};
constexpr int kMargin_px = 16, kGap_px = 6, kSample_px = 44, kLegendMax_px = 260;

using Colors = std::array<Color, 6>;
constexpr Colors kColors{{{0x00, 0x72, 0xB2},
                          {0xD5, 0x5E, 0x00},
                          {0x00, 0x9E, 0x73},
                          {0xCC, 0x79, 0xA7},
                          {0x56, 0xB4, 0xE9},
                          {0x00, 0x00, 0x00}}};

bool is_finite(const PlotPoint& p) {
    return std::isfinite(p.x) && std::isfinite(p.y);
}

struct Span {
    double low = 0, high = 0;
};

/// Range of the finite points along one coordinate; nothing where there is none.
std::optional<Span> span_of(const Plot& plot, double PlotPoint::*coordinate) {
    std::optional<Span> span;
    for (const PlotLine& line : plot.lines)
        for (const PlotPoint& p : line.points) {
            if (!is_finite(p)) continue;
            const double v = p.*coordinate;
            if (!span) span = Span{v, v};
            span = Span{std::min(span->low, v), std::max(span->high, v)};
        }
    return span;
}

/// Where the data area lies and what it shows.
struct Frame {
    Rect area;
    std::vector<double> x_ticks, y_ticks;
    double x(double value) const {
        return area.left +
               area.width * (value - x_ticks.front()) / (x_ticks.back() - x_ticks.front());
    }
    double y(double value) const {
        return area.top +
               area.height * (1 - (value - y_ticks.front()) / (y_ticks.back() - y_ticks.front()));
    }
};

double step_of(const std::vector<double>& ticks) {
    return ticks[1] - ticks[0];
}

void text_at(RgbImage& page, const std::string& text, const Font& font, int left, int top) {
    blit(draw_line(text, font, kText, kWhite), page, left, top);
}

/// Cairo's pen on a copy of a part of a page.
class Canvas {
  public:
    Canvas(RgbImage& page, const Rect& area)
        : page_(page),
          area_(area),
          surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, area.width, area.height),
                   &cairo_surface_destroy),
          context_(cairo_create(surface_.get()), &cairo_destroy) {
        IQT_ASSERT(cairo_status(context_.get()) == CAIRO_STATUS_SUCCESS);
        copy([&](std::uint32_t& pixel, int x, int y) {
            const Color c = color_at(page_, x, y);
            pixel = (static_cast<std::uint32_t>(c.red) << 16U) |
                    (static_cast<std::uint32_t>(c.green) << 8U) | c.blue;
        });
        cairo_surface_mark_dirty(surface_.get());
        cairo_translate(context_.get(), -area.left, -area.top);
        cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
    }

    /// Puts what was drawn back on the page.
    void finish() {
        cairo_surface_flush(surface_.get());
        copy([&](std::uint32_t& pixel, int x, int y) {
            put(page_, x, y,
                {static_cast<std::uint8_t>(pixel >> 16U), static_cast<std::uint8_t>(pixel >> 8U),
                 static_cast<std::uint8_t>(pixel)});
        });
    }

    void ink(Color color, double width_px, Stroke stroke) {
        cairo_set_source_rgb(context_.get(), color.red / 255.0, color.green / 255.0,
                             color.blue / 255.0);
        cairo_set_line_width(context_.get(), width_px);
        constexpr std::array<double, 2> kDashes{9, 5}, kDots{2, 4};
        constexpr std::array<double, 4> kBoth{11, 4, 2, 4};
        const double* pattern = stroke == Stroke::Dashed   ? kDashes.data()
                                : stroke == Stroke::Dotted ? kDots.data()
                                                           : kBoth.data();
        const int n = stroke == Stroke::Solid ? 0 : stroke == Stroke::DashDotted ? 4 : 2;
        cairo_set_dash(context_.get(), pattern, n, 0);
    }

    void segment(double x0, double y0, double x1, double y1) {
        cairo_move_to(context_.get(), x0, y0);
        cairo_line_to(context_.get(), x1, y1);
        cairo_stroke(context_.get());
    }

    void line(const PlotLine& line, const Frame& frame) {
        bool is_open = false;
        for (const PlotPoint& p : line.points) {
            if (!is_finite(p)) {
                is_open = false;
                continue;
            }
            if (is_open)
                cairo_line_to(context_.get(), frame.x(p.x), frame.y(p.y));
            else
                cairo_move_to(context_.get(), frame.x(p.x), frame.y(p.y));
            is_open = true;
        }
        cairo_stroke(context_.get());
        if (line.marks == Marks::None) return;
        for (const PlotPoint& p : line.points)
            if (is_finite(p)) dot(frame.x(p.x), frame.y(p.y));
    }

    void dot(double x, double y) {
        cairo_new_path(context_.get());
        cairo_arc(context_.get(), x, y, 3.2, 0, 2 * M_PI);
        cairo_fill(context_.get());
    }

  private:
    template <class Use>
    void copy(Use use) {
        unsigned char* const rows = cairo_image_surface_get_data(surface_.get());
        const auto stride =
            static_cast<std::size_t>(cairo_image_surface_get_stride(surface_.get()));
        for (int y = 0; y < area_.height; ++y) {
            auto* row =
                reinterpret_cast<std::uint32_t*>(rows + static_cast<std::size_t>(y) * stride);
            for (int x = 0; x < area_.width; ++x) use(row[x], area_.left + x, area_.top + y);
        }
    }

    RgbImage& page_;
    Rect area_;
    std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
    std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context_;
};

int legend_width_px(const Plot& plot) {
    int widest = 0;
    for (const PlotLine& line : plot.lines)
        if (!line.name.empty()) widest = std::max(widest, text_width_px(line.name, kLabel));
    return widest == 0 ? 0 : std::min(kLegendMax_px, widest) + kSample_px + 3 * kGap_px;
}

int tick_width_px(const std::vector<double>& ticks) {
    int widest = 0;
    for (const double t : ticks)
        widest = std::max(widest, text_width_px(tick_label(t, step_of(ticks)), kTick));
    return widest;
}

void draw_ticks(RgbImage& page, const Frame& f) {
    const int bottom = f.area.top + f.area.height, half = line_height_px(kTick) / 2;
    for (const double t : f.x_ticks) {
        const std::string text = tick_label(t, step_of(f.x_ticks));
        text_at(page, text, kTick,
                static_cast<int>(std::lround(f.x(t))) - text_width_px(text, kTick) / 2,
                bottom + kGap_px);
    }
    for (const double t : f.y_ticks) {
        const std::string text = tick_label(t, step_of(f.y_ticks));
        text_at(page, text, kTick, f.area.left - kGap_px - text_width_px(text, kTick),
                static_cast<int>(std::lround(f.y(t))) - half);
    }
}

void draw_legend(RgbImage& page, const Plot& plot, int left, int top, int bottom) {
    const int step = line_height_px(kLabel) + 4;
    std::vector<const PlotLine*> shown;
    for (const PlotLine& line : plot.lines)
        if (!line.name.empty()) shown.push_back(&line);
    for (std::size_t n = 0; n < shown.size() && top + step <= bottom; ++n, top += step) {
        const Rect sample{left, top, kSample_px, step};
        Canvas canvas(page, sample);
        canvas.ink(plot_color(shown[n]->color), 2.4, shown[n]->stroke);
        canvas.segment(left + 2, top + step / 2.0, left + kSample_px - 4, top + step / 2.0);
        if (shown[n]->marks == Marks::Dots) canvas.dot(left + kSample_px / 2.0, top + step / 2.0);
        canvas.finish();
        text_at(page, wrap(shown[n]->name, kLabel, kLegendMax_px, 1).front(), kLabel,
                left + kSample_px + kGap_px, top + 2);
    }
}

void draw_lines(RgbImage& page, const Plot& plot, const Frame& f) {
    Canvas canvas(page, {f.area.left - 6, f.area.top - 6, f.area.width + 12, f.area.height + 12});
    const double left = f.area.left, right = left + f.area.width;
    const double top = f.area.top, bottom = top + f.area.height;
    canvas.ink(kGrid, 1, Stroke::Solid);
    for (const double t : f.x_ticks) canvas.segment(f.x(t), top, f.x(t), bottom);
    for (const double t : f.y_ticks) canvas.segment(left, f.y(t), right, f.y(t));
    canvas.ink(kFrame, 1.4, Stroke::Solid);
    canvas.segment(left, top, left, bottom);
    canvas.segment(left, bottom, right, bottom);
    for (const PlotLine& line : plot.lines) {
        canvas.ink(plot_color(line.color), 2, line.stroke);
        canvas.line(line, f);
    }
    canvas.finish();
}

/// What plots below each other have in common, so that they can be read across.
struct Shared {
    std::optional<Span> x;
    int tick_width_px = 0, legend_px = 0;
};

std::vector<double> y_ticks(const Plot& plot, int height_px) {
    const auto y = span_of(plot, &PlotPoint::y);
    if (!y) return {};
    return nice_ticks(y->low, y->high, std::max(3, height_px / 70));
}

Shared shared_by(const std::vector<Plot>& plots, int height_px) {
    Shared shared;
    for (const Plot& plot : plots) {
        const auto x = span_of(plot, &PlotPoint::x);
        if (!x) continue;
        if (!shared.x) shared.x = x;
        shared.x = Span{std::min(shared.x->low, x->low), std::max(shared.x->high, x->high)};
        shared.tick_width_px =
            std::max(shared.tick_width_px, tick_width_px(y_ticks(plot, height_px)));
        shared.legend_px = std::max(shared.legend_px, legend_width_px(plot));
    }
    return shared;
}

void draw_plot(RgbImage& page, const Plot& plot, const Rect& room, const Shared& shared) {
    const int left = room.left + kMargin_px;
    int top = room.top + kMargin_px;
    if (!plot.title.empty()) {
        const int width = room.width - 2 * kMargin_px;
        text_at(page, wrap(plot.title, kTitle, width, 1).front(), kTitle, left, top);
        top += line_height_px(kTitle) + kGap_px;
    }
    text_at(page, plot.y_label, kLabel, left, top);
    top += line_height_px(kLabel) + kGap_px;
    Frame f;
    f.y_ticks = y_ticks(plot, room.height);
    if (f.y_ticks.empty()) {
        text_at(page, "nothing to draw", kLabel, left, top);
        return;
    }
    f.x_ticks = nice_ticks(shared.x->low, shared.x->high, std::max(3, room.width / 130));
    f.area.left = left + shared.tick_width_px + kGap_px;
    f.area.top = top + kGap_px;
    f.area.width = room.left + room.width - 2 * kMargin_px - shared.legend_px - f.area.left;
    f.area.height = room.top + room.height - kGap_px - line_height_px(kLabel) -
                    line_height_px(kTick) - 2 * kGap_px - f.area.top;
    draw_lines(page, plot, f);
    draw_ticks(page, f);
    const int bottom = f.area.top + f.area.height;
    text_at(page, plot.x_label, kLabel,
            f.area.left + (f.area.width - text_width_px(plot.x_label, kLabel)) / 2,
            bottom + kGap_px + line_height_px(kTick));
    draw_legend(page, plot, f.area.left + f.area.width + 2 * kGap_px + kMargin_px / 2, f.area.top,
                bottom);
}

}  // namespace

Color plot_color(int number) {
    return kColors[static_cast<std::size_t>(number) % kColors.size()];
}

Stroke plot_stroke(int number) {
    constexpr std::array kStrokes{Stroke::Solid, Stroke::Dashed, Stroke::Dotted,
                                  Stroke::DashDotted};
    return kStrokes[static_cast<std::size_t>(number) % kStrokes.size()];
}

std::vector<double> nice_ticks(double low, double high, int count) {
    IQT_ASSERT(std::isfinite(low) && std::isfinite(high));
    if (low > high) std::swap(low, high);
    const double least = std::max(std::abs(low), std::abs(high)) * 1e-6 + 1e-12;
    if (high - low < least) {
        const double about = std::max(std::abs(low) * 0.1, least);
        low -= about;
        high += about;
    }
    const double raw = (high - low) / std::max(1, count);
    const double power = std::pow(10, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double factor : {5.0, 2.0, 1.0})
        if (factor * power >= raw * 0.75) step = factor * power;
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    std::vector<double> ticks;
    for (double n = first; n <= last; n += 1) ticks.push_back(n * step);
    return ticks;
}

std::string tick_label(double value, double step) {
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
    std::array<char, 64> text{};
    // A tick at zero is a sum that may have come out as -0 or next to it.
    if (std::abs(value) < step * 1e-6) value = 0;
    if (std::abs(value) >= 1e15)
        std::snprintf(text.data(), text.size(), "%.3g", value);
    else
        std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

RgbImage draw_plots(const std::vector<Plot>& plots, int width_px, int plot_height_px) {
    IQT_ASSERT(!plots.empty());
    const int width = std::max(480, width_px), height = std::max(200, plot_height_px);
    RgbImage page = blank(width, height * static_cast<int>(plots.size()) + kMargin_px, kWhite);
    const Shared shared = shared_by(plots, height);
    for (std::size_t n = 0; n < plots.size(); ++n)
        draw_plot(page, plots[n], {0, static_cast<int>(n) * height, width, height}, shared);
    return page;
}

}  // namespace iqt::render
