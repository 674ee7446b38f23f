// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/render/raster.hpp"

/// Line charts for reports: dark on white, axes with round numbers, a legend beside the lines.
namespace iqt::render {

struct PlotPoint {
    double x = 0, y = 0;
};

enum class Stroke { Solid, Dashed, Dotted, DashDotted };
enum class Marks { None, Dots };

struct PlotLine {
    std::string name;  ///< in the legend; empty: not there
    std::vector<PlotPoint> points;
    int color = 0;  ///< number in plot_color
    Stroke stroke = Stroke::Solid;
    Marks marks = Marks::None;
};

struct Plot {
    std::string title, x_label, y_label;
    std::vector<PlotLine> lines;
};

/// Colours that readers with any form of colour blindness can tell apart on white (Okabe and Ito,
/// without yellow); numbers beyond the last start again.
Color plot_color(int number);

/// Stroke of the n-th of several sets of lines; numbers beyond the last start again.
Stroke plot_stroke(int number);

/// Multiples of 1, 2 or 5 times a power of ten that span [low, high], about `count` steps; the
/// first lies at or below low, the last at or above high. Equal ends are moved apart.
std::vector<double> nice_ticks(double low, double high, int count);

/// A tick as text, with as many decimals as the step between ticks needs.
std::string tick_label(double value, double step);

/// Draws the plots below each other, all of one width (at least 480 pixels) and `plot_height_px`
/// (at least 200) each; they share one range of x. Points that are not finite interrupt their line.
/// A plot without any point says so.
RgbImage draw_plots(const std::vector<Plot>& plots, int width_px, int plot_height_px);

}  // namespace iqt::render
