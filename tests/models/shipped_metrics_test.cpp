// SPDX-License-Identifier: Apache-2.0
// What README.md says of the shipped model is what its manifest holds, and it is worth shipping.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace iqt::models {
namespace {

using nlohmann::json;

json shipped_metrics() {
    std::ifstream in(IQT_SOURCE_DIR "/models/packages/iqt-ur/model.json");
    return json::parse(in).at("metrics");
}

/// The rows of README.md's table of gains, without its head.
std::vector<std::string> readme_rows() {
    std::ifstream in(IQT_SOURCE_DIR "/README.md");
    std::vector<std::string> rows;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        const bool is_row = line.starts_with("|");
        if (inside && is_row && !line.starts_with("|---")) rows.push_back(line);
        inside = is_row && (inside || line.starts_with("| subject | PSNR cubic | PSNR iqt-ur |"));
    }
    return rows;
}

std::string row_of(const json& metric) {
    const std::string subject = metric.at("subject");
    const json& psnr = metric.at("psnr_db");
    const json& ssim = metric.at("ssim");
    std::array<char, 128> figures{};
    std::snprintf(figures.data(), figures.size(), " | %.2f dB | **%.2f dB** | %.3f | **%.3f** |",
                  psnr.at("cubic").get<double>(), psnr.at("iqt-ur").get<double>(),
                  ssim.at("cubic").get<double>(), ssim.at("iqt-ur").get<double>());
    // README.md calls the volume of mricron's templates by its name.
    const std::string name =
        subject == "ch2" ? "Colin27 (T1, mean of 27 scans, so free of noise)" : subject;
    return "| " + name + figures.data();
}

TEST(ShippedMetrics, NetworkIsAboveCubicForEveryValidationSubject) {
    const json metrics = shipped_metrics();
    EXPECT_EQ(metrics.size(), 4U);
    for (const json& metric : metrics) {
        SCOPED_TRACE(metric.at("subject"));
        for (const char* measure : {"psnr_db", "ssim"})
            EXPECT_GT(metric.at(measure).at("iqt-ur").get<double>(),
                      metric.at(measure).at("cubic").get<double>())
                << measure;
    }
}

TEST(ShippedMetrics, ReadmeHoldsTheFiguresOfTheManifestRoundedAndNoOthers) {
    const std::vector<std::string> rows = readme_rows();
    EXPECT_EQ(rows.size(), shipped_metrics().size());
    for (const json& metric : shipped_metrics())
        EXPECT_EQ(std::count(rows.begin(), rows.end(), row_of(metric)), 1)
            << "README.md has no row\n"
            << row_of(metric);
}

}  // namespace
}  // namespace iqt::models
