// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/kspace.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "pipeline/grid/noise.hpp"

namespace iqt::qa {
namespace {

constexpr std::size_t kLinesMax = 1200;
constexpr double kStepMin = 1.1;  // natural logarithm of power: a factor of 3
constexpr std::size_t kAirMin = 300;
constexpr double kMarginMm = 10;  // blur and ringing around the head

using Line = std::vector<double>;

// Lines along an in-plane axis whose mean is that of a line through the head.
std::vector<Line> head_lines(const Stack& stack, int axis) {
    const Volume& v = stack.full;
    const auto& size = v.geometry.size;
    const int across = size[1 - static_cast<std::size_t>(axis)];
    const int count = size[static_cast<std::size_t>(axis)];
    std::vector<Line> lines;
    for (int k = 0; k < size[2]; ++k)
        for (int n = 0; n < across; ++n) {
            Line line(static_cast<std::size_t>(count));
            double sum = 0;
            for (int m = 0; m < count; ++m)
                sum += line[static_cast<std::size_t>(m)] =
                    static_cast<double>(axis == 0 ? v.at(m, n, k) : v.at(n, m, k));
            if (sum / count > 0.4 * stack.head_median) lines.push_back(std::move(line));
        }
    if (lines.size() <= kLinesMax) return lines;
    std::vector<Line> some;
    const double step = static_cast<double>(lines.size()) / static_cast<double>(kLinesMax);
    for (std::size_t n = 0; n < kLinesMax; ++n)
        some.push_back(std::move(lines[static_cast<std::size_t>(static_cast<double>(n) * step)]));
    return some;
}

// Mean power of frequencies 1 .. count / 2 through a Hann window.
std::vector<double> mean_power(std::vector<Line> lines) {
    const std::size_t count = lines.front().size();
    std::vector<double> cosine(count), window(count);
    const double turn = 2 * std::numbers::pi / static_cast<double>(count);
    for (std::size_t n = 0; n < count; ++n) {
        cosine[n] = std::cos(turn * static_cast<double>(n));
        window[n] = 0.5 - 0.5 * std::cos(turn * (static_cast<double>(n) + 0.5));
    }
    std::vector<double> power(count / 2, 0);
    for (Line& line : lines)
        for (std::size_t n = 0; n < count; ++n) line[n] *= window[n];
    std::vector<double> sine(count);
    for (std::size_t n = 0; n < count; ++n) sine[n] = std::sin(turn * static_cast<double>(n));
    for (std::size_t f = 1; f <= count / 2; ++f)
        for (const Line& line : lines) {
            double re = 0, im = 0;
            std::size_t phase = 0;
            for (std::size_t n = 0; n < count; ++n) {
                re += line[n] * cosine[phase];
                im += line[n] * sine[phase];
                phase += f;
                if (phase >= count) phase -= count;
            }
            power[f - 1] += re * re + im * im;
        }
    for (double& p : power) p /= static_cast<double>(lines.size());
    return power;
}

double mean_log(const std::vector<double>& power, std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t n = from; n < to; ++n) sum += std::log(power[n] + 1e-30);
    return sum / static_cast<double>(to - from);
}

struct Moments {
    double square = 0;
    std::size_t count = 0;
    double mean() const { return square / static_cast<double>(count); }
};

// Head grown by a margin along both in-plane axes (a box: generous at the corners).
Mask grown(const Mask& head) {
    Mask out = head;
    const auto& g = head.geometry;
    const int ri = static_cast<int>(std::ceil(kMarginMm / g.spacing_mm[0]));
    const int rj = static_cast<int>(std::ceil(kMarginMm / g.spacing_mm[1]));
    Mask rows = head;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i)
                for (int x = std::max(0, i - ri); x <= std::min(g.size[0] - 1, i + ri); ++x)
                    if (head.at(x, j, k) != 0) rows.at(i, j, k) = 1;
    for (int k = 0; k < g.size[2]; ++k)
        for (int j = 0; j < g.size[1]; ++j)
            for (int i = 0; i < g.size[0]; ++i)
                for (int y = std::max(0, j - rj); y <= std::min(g.size[1] - 1, j + rj); ++y)
                    if (rows.at(i, y, k) != 0) out.at(i, j, k) = 1;
    return out;
}

std::optional<double> ghost_along(const Stack& stack, const Mask& near, std::size_t axis) {
    const Volume& v = stack.coarse;
    const auto& size = v.geometry.size;
    Moments in, out;
    for (int k = 0; k < size[2]; ++k)
        for (int j = 0; j < size[1]; ++j)
            for (int i = 0; i < size[0]; ++i) {
                const double value = static_cast<double>(v.at(i, j, k));
                if (near.at(i, j, k) != 0 || value == 0) continue;
                std::array<int, 2> from{i, j};
                from[axis] = (from[axis] + size[axis] / 2) % size[axis];
                Moments& where = stack.head.at(from[0], from[1], k) != 0 ? in : out;
                where.square += value * value;
                ++where.count;
            }
    if (in.count < kAirMin || out.count < kAirMin) return std::nullopt;
    return std::sqrt(std::max(0.0, in.mean() - out.mean())) / stack.head_median;
}

}  // namespace

double zero_fill_factor(const Stack& stack, int axis) {
    if (!(stack.head_median > 0)) return 1;
    std::vector<Line> lines = head_lines(stack, axis);
    if (lines.size() < 50 || lines.front().size() < 32) return 1;
    const std::vector<double> power = mean_power(std::move(lines));
    const std::size_t all = power.size();
    const std::size_t span = std::max<std::size_t>(3, all / 16);
    double best = kStepMin;
    std::size_t edge = all;
    for (std::size_t at = all / 4; at + span <= all; ++at) {
        const double step = mean_log(power, at - span, at) - mean_log(power, at, at + span);
        if (step <= best) continue;
        best = step;
        edge = at;
    }
    return static_cast<double>(all) / static_cast<double>(edge);
}

std::optional<double> ghost_share(const Stack& stack) {
    if (!(stack.head_median > 0)) return std::nullopt;
    const Mask near = grown(stack.head);
    const auto i = ghost_along(stack, near, 0), j = ghost_along(stack, near, 1);
    if (!i) return j;
    return j ? std::max(*i, *j) : i;
}

}  // namespace iqt::qa
