// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/input_qa.hpp"

#include <cstdio>

namespace iqt {
namespace {

std::string printed(const char* format, double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

}  // namespace

std::string_view to_string(QaVerdict verdict) {
    switch (verdict) {
        case QaVerdict::Enhance:
            return "enhance";
        case QaVerdict::EnhanceWithBanner:
            return "enhance_with_banner";
        case QaVerdict::Decline:
            return "decline";
    }
    return "decline";
}

std::string to_sentence(QaVerdict verdict) {
    switch (verdict) {
        case QaVerdict::Enhance:
            return "Verdict: enhance.";
        case QaVerdict::EnhanceWithBanner:
            return "Verdict: enhance with banner.";
        case QaVerdict::Decline:
            break;
    }
    return "Verdict: decline; enhanced all the same, as the route or a person allows.";
}

std::string to_sentence(const QaFigures& f) {
    std::string text = "Measured: SNR " + printed("%.1f", f.snr) + "; pixels as acquired " +
                       printed("%.1f mm", f.acquired_in_plane_mm);
    if (f.ghost) text += "; ghost " + printed("%.0f %%", 100 * *f.ghost);
    if (f.motion_mm) text += "; motion between slices " + printed("%.1f mm", *f.motion_mm);
    if (f.order_ratio) text += "; slice order ratio " + printed("%.2f", *f.order_ratio);
    return text + "; distance of intensities " + printed("%.2f", f.histogram_distance) + "; head " +
           printed("%.0f ml", f.head_ml) + "; likeness of shape " + printed("%.2f", f.likeness) +
           ".";
}

}  // namespace iqt
