// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

/// Random numbers as a function of (key, counter): the same whatever computes them, in any order.
namespace iqt::models::random {

/// SplitMix64's finaliser (Steele, Lea & Flood 2014): one well mixed word per counter value.
inline std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
}

/// Uniform in (0, 1], 53 bits.
inline double uniform(std::uint64_t word) {
    return (static_cast<double>(word >> 11U) + 1.0) * 0x1.0p-53;
}

struct Pair {
    double a = 0, b = 0;
};

/// Two independent standard normal numbers (Box & Muller 1958). Takes counters 2n and 2n + 1.
inline Pair normals(std::uint64_t key, std::uint64_t n) {
    const double radius = std::sqrt(-2 * std::log(uniform(mix(key + 2 * n))));
    const double angle = 2 * std::numbers::pi * uniform(mix(key + 2 * n + 1));
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace iqt::models::random
