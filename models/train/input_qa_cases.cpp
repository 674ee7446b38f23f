// SPDX-License-Identifier: Apache-2.0
#include "models/train/input_qa_cases.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

#include "models/random.hpp"
#include "models/train/subjects.hpp"

namespace iqt::models::train {
namespace {

constexpr double kMacaqueShare = 0.5;  // of a human brain's length: about 75 mm

SimulateOptions series(double in_plane_mm, double slice_mm, double snr) {
    SimulateOptions how;
    how.in_plane_mm = in_plane_mm;
    how.slice_mm = slice_mm;
    how.snr = snr;
    return how;
}

// Slice order[k] of `volume` at the place of slice k.
void reorder(Volume& volume, const std::vector<int>& order) {
    const Volume before = volume;
    const auto plane = static_cast<std::ptrdiff_t>(volume.offset(0, 0, 1));
    for (std::size_t k = 0; k < order.size(); ++k)
        std::copy_n(before.voxels.begin() + order[k] * plane, plane,
                    volume.voxels.begin() + static_cast<std::ptrdiff_t>(k) * plane);
}

std::vector<int> shuffled(int count, std::uint64_t seed) {
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t n = order.size(); n > 1; --n)
        std::swap(order[n - 1], order[random::mix(seed + n) % n]);
    return order;
}

// As acquired (0, 2, 4, ... 1, 3, 5, ...) and never sorted.
std::vector<int> interleaved(int count) {
    std::vector<int> order;
    for (const int first : {0, 1})
        for (int k = first; k < count; k += 2) order.push_back(k);
    return order;
}

// Pixels reversed against their positions along the axis closest to a patient direction.
void reverse(Volume& volume, int patient_direction) {
    const Volume before = volume;
    const auto axis = static_cast<std::size_t>(axis_along(volume.geometry, patient_direction));
    const auto& size = volume.geometry.size;
    std::array<int, 3> at{};
    for (at[2] = 0; at[2] < size[2]; ++at[2])
        for (at[1] = 0; at[1] < size[1]; ++at[1])
            for (at[0] = 0; at[0] < size[0]; ++at[0]) {
                std::array<int, 3> from = at;
                from[axis] = size[axis] - 1 - at[axis];
                volume.at(at[0], at[1], at[2]) = before.at(from[0], from[1], from[2]);
            }
}

void apply(QaInput& input, QaCase::After after, std::uint64_t seed) {
    Volume& volume = input.volume;
    const int slices = volume.geometry.size[2];
    switch (after) {
        case QaCase::After::Nothing:
            break;
        case QaCase::After::LeftToRight:
            reverse(volume, 0);
            break;
        case QaCase::After::BackToFront:
            reverse(volume, 1);
            break;
        case QaCase::After::UpsideDown:
            reverse(volume, 2);
            break;
        case QaCase::After::TurnedOver:
            reverse(volume, 1);
            reverse(volume, 2);
            break;
        case QaCase::After::SlicesShuffled:
            reorder(volume, shuffled(slices, seed));
            break;
        case QaCase::After::SlicesInterleaved:
            reorder(volume, interleaved(slices));
            break;
        case QaCase::After::OtherContrast:
            input.declared = input.declared == Contrast::T1 ? Contrast::T2 : Contrast::T1;
            break;
        case QaCase::After::MacaqueSize:
            break;  // done before the simulation
    }
}

}  // namespace

std::vector<QaCase> good_cases() {
    std::vector<QaCase> all{{"1.6 x 5 mm, SNR 18", "axial", series(1.6, 5, 18)},
                            {"1.6 x 5 mm, SNR 10, 64 mT contrast", "axial", series(1.6, 5, 10)},
                            {"1.5 x 3 mm, SNR 30", "axial", series(1.5, 3, 30)},
                            {"1.8 x 7 mm, SNR 15", "axial", series(1.8, 7, 15)},
                            {"1.6 x 5 mm, SNR 18", "sagittal", series(1.6, 5, 18)},
                            {"1.6 x 5 mm, SNR 12", "coronal", series(1.6, 5, 12)},
                            {"zero-filled to 0.9 mm, filtered", "axial", series(1.6, 5, 18)},
                            {"slight ghost, motion, shading", "axial", series(1.6, 5, 18)}};
    all[1].how.recontrast = true;
    all[6].how.artefacts.output_in_plane_mm = 0.9;
    all[6].how.artefacts.mtf_at_nyquist = 0.7;
    all[7].how.bias_strength = 0.15;
    all[7].how.artefacts.ghost = 0.02;
    all[7].how.artefacts.motion_mm = 0.4;
    all[7].how.artefacts.motion_deg = 0.4;
    return all;
}

std::vector<QaCase> wrong_cases() {
    using After = QaCase::After;
    const SimulateOptions usual = series(1.6, 5, 18);
    std::vector<QaCase> all{
        {"SNR 3", "axial", series(1.6, 5, 3)},
        {"3 T signal, 1.6 x 5 mm", "axial", series(1.6, 5, 0)},
        {"3 T signal and pixels, 1 x 3 mm", "axial", series(1.0, 3, 0)},
        {"3 T signal and pixels, 1 x 3 mm", "sagittal", series(1.0, 3, 0)},
        {"motion 4 mm, 4 degrees a slice", "axial", usual},
        {"motion 4 mm, 4 degrees a slice", "sagittal", usual},
        {"motion 4 mm, 4 degrees a slice", "coronal", usual},
        {"ghost 30 %", "axial", usual},
        {"slices shuffled", "axial", usual, After::SlicesShuffled},
        {"slices shuffled", "sagittal", usual, After::SlicesShuffled},
        {"slices in order of acquisition", "axial", usual, After::SlicesInterleaved},
        {"slices in order of acquisition", "sagittal", usual, After::SlicesInterleaved},
        {"upside down (slices reversed)", "axial", usual, After::UpsideDown},
        {"upside down (rows reversed)", "sagittal", usual, After::UpsideDown},
        {"upside down (rows reversed)", "coronal", usual, After::UpsideDown},
        {"back to front (rows reversed)", "axial", usual, After::BackToFront},
        {"back to front (columns reversed)", "sagittal", usual, After::BackToFront},
        {"back to front (slices reversed)", "coronal", usual, After::BackToFront},
        {"turned over (slices and rows reversed)", "axial", usual, After::TurnedOver},
        {"turned over (rows and columns reversed)", "sagittal", usual, After::TurnedOver},
        {"left to right (slices reversed)", "sagittal", usual, After::LeftToRight},
        {"declared as another contrast", "axial", usual, After::OtherContrast},
        {"human head of a macaque's size", "axial", series(1.6, 3, 18), After::MacaqueSize}};
    for (QaCase& one : all) {
        if (one.name.starts_with("motion")) {
            one.how.artefacts.motion_mm = 4;
            one.how.artefacts.motion_deg = 4;
        }
        if (one.name.starts_with("ghost")) one.how.artefacts.ghost = 0.3;
    }
    return all;
}

QaInput make_qa_input(const Volume& high_quality, Contrast contrast, double white_matter,
                      const QaCase& one, std::uint64_t seed) {
    SimulateOptions how = one.how;
    how.contrast = contrast;
    how.white_matter = white_matter;
    how.slice_axis = slice_axis_from(one.plane, high_quality.geometry).value_or(2);
    QaInput input;
    input.declared = contrast;
    if (one.after == QaCase::After::MacaqueSize) {
        Volume small = high_quality;
        for (double& spacing : small.geometry.spacing_mm) spacing *= kMacaqueShare;
        input.volume = simulate(small, how, seed).low_field;
    } else {
        input.volume = simulate(high_quality, how, seed).low_field;
    }
    apply(input, one.after, seed);
    return input;
}

}  // namespace iqt::models::train
