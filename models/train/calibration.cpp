// SPDX-License-Identifier: Apache-2.0
#include "models/train/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pipeline/core/assert.hpp"

namespace iqt::models::train {
namespace {

struct Sample {
    float sd = 0, error = 0;  ///< total SD, |error|
};

double mean_z2(const std::vector<CalibrationScan>& scans, double scale) {
    double sum = 0;
    for (const CalibrationScan& s : scans) {
        double of_scan = 0;
        for (std::size_t n = 0; n < s.error.size(); ++n) {
            const double e = s.error[n];
            of_scan += e * e / (scale * s.intrinsic_variance[n] + s.parameter_variance[n]);
        }
        sum += of_scan / static_cast<double>(s.error.size());
    }
    return sum / static_cast<double>(scans.size());
}

double quantile(std::vector<float> values, double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return static_cast<double>(values[at]);
}

/// Threshold with the highest F1, area under the ROC curve; samples sorted by falling SD.
void fit_threshold(std::vector<Sample>& samples, Calibration& out) {
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return a.sd > b.sd; });
    double risky = 0;
    for (const Sample& s : samples) risky += static_cast<double>(s.error) > out.risky_error ? 1 : 0;
    const double safe = static_cast<double>(samples.size()) - risky;
    out.risky_share = risky / static_cast<double>(samples.size());
    double found = 0, marked = 0, best = -1, area = 0;
    for (const Sample& s : samples) {
        marked += 1;
        if (static_cast<double>(s.error) > out.risky_error)
            found += 1;
        else
            area += found;
        const double f1 = 2 * found / (marked + risky);
        if (f1 > best) {
            best = f1;
            out.total_sd_threshold = static_cast<double>(s.sd);
            out.tpr = risky > 0 ? found / risky : 0;
            out.fpr = safe > 0 ? (marked - found) / safe : 0;
        }
    }
    out.auc = risky > 0 && safe > 0 ? area / (risky * safe) : 0;
}

std::vector<double> ranks(const std::vector<Sample>& samples, float Sample::*field) {
    std::vector<std::size_t> order(samples.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return samples[a].*field < samples[b].*field; });
    std::vector<double> out(samples.size());
    for (std::size_t n = 0; n < order.size(); ++n) out[order[n]] = static_cast<double>(n);
    return out;
}

double rank_correlation(const std::vector<Sample>& samples) {
    const auto a = ranks(samples, &Sample::sd), b = ranks(samples, &Sample::error);
    const double mean = (static_cast<double>(samples.size()) - 1) / 2;
    double ab = 0, aa = 0;
    for (std::size_t n = 0; n < a.size(); ++n) {
        ab += (a[n] - mean) * (b[n] - mean);
        aa += (a[n] - mean) * (a[n] - mean);
    }
    return aa > 0 ? ab / aa : 0;
}

double coverage(const std::vector<Sample>& samples, double z) {
    double inside = 0;
    for (const Sample& s : samples)
        inside += static_cast<double>(s.error) <= z * static_cast<double>(s.sd) ? 1 : 0;
    return inside / static_cast<double>(samples.size());
}

Rates inconsistent_rates(const std::vector<CalibrationScan>& scans, const Calibration& frozen) {
    std::vector<bool> marked, risky;
    for (const CalibrationScan& s : scans)
        for (std::size_t n = 0; n < s.native_error.size(); ++n) {
            marked.push_back(static_cast<double>(s.residual[n]) > frozen.residual_threshold ||
                             static_cast<double>(s.patch_residual[n]) >
                                 frozen.patch_residual_threshold);
            risky.push_back(std::abs(s.native_error[n]) > frozen.risky_error / 2);
        }
    return rates_of(marked, risky);
}

}  // namespace

Rates rates_of(const std::vector<bool>& marked, const std::vector<bool>& risky) {
    IQT_ASSERT(marked.size() == risky.size());
    Rates out{0, 0, marked.size()};
    double all_risky = 0, found = 0, others = 0;
    for (std::size_t n = 0; n < marked.size(); ++n) {
        all_risky += risky[n] ? 1 : 0;
        found += risky[n] && marked[n] ? 1 : 0;
        others += !risky[n] && marked[n] ? 1 : 0;
    }
    const double safe = static_cast<double>(out.n) - all_risky;
    out.tpr = all_risky > 0 ? found / all_risky : 0;
    out.fpr = safe > 0 ? others / safe : 0;
    return out;
}

double fit_variance_scale(const std::vector<CalibrationScan>& scans) {
    double low = 1e-4, high = 1e4;
    for (int n = 0; n < 100; ++n) {
        const double middle = std::sqrt(low * high);
        (mean_z2(scans, middle) > 1 ? low : high) = middle;
    }
    return std::sqrt(low * high);
}

Calibration calibrate(const std::vector<CalibrationScan>& scans, double risky_error) {
    Calibration out;
    out.risky_error = risky_error;
    out.variance_scale = fit_variance_scale(scans);
    std::vector<Sample> samples, brain;
    std::vector<float> residuals, patches;
    double parameter = 0, total = 0;
    for (const CalibrationScan& s : scans) {
        residuals.insert(residuals.end(), s.residual.begin(), s.residual.end());
        patches.insert(patches.end(), s.patch_residual.begin(), s.patch_residual.end());
        IQT_ASSERT(s.in_brain.size() == s.error.size());
        for (std::size_t n = 0; n < s.error.size(); ++n) {
            const double variance =
                out.variance_scale * s.intrinsic_variance[n] + s.parameter_variance[n];
            samples.push_back({static_cast<float>(std::sqrt(variance)), std::abs(s.error[n])});
            if (s.in_brain[n]) brain.push_back(samples.back());
            parameter += s.parameter_variance[n];
            total += variance;
        }
    }
    if (brain.empty()) brain = samples;
    fit_threshold(brain, out);
    out.rank_correlation = rank_correlation(brain);
    std::vector<float> z;
    for (const Sample& s : samples) z.push_back(s.error / s.sd);
    for (std::size_t n = 0; n < kIntervalLevels.size(); ++n) {
        out.interval_factors[n] = quantile(z, kIntervalLevels[n]);
        out.coverage[n] = coverage(samples, kNormalFactors[n]);
    }
    out.parameter_share = parameter / total;
    out.residual_threshold = residuals.empty() ? 5.0 : std::max(4.0, quantile(residuals, 0.999));
    out.patch_residual_threshold = patches.empty() ? 0 : std::max(3.5, quantile(patches, 0.995));
    out.inconsistent = inconsistent_rates(scans, out);
    return out;
}

}  // namespace iqt::models::train
