// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdio>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "pipeline/core/output.hpp"
#include "server/worker/enhance.hpp"

namespace iqt::server::worker {
namespace {

using ReportJson = nlohmann::ordered_json;

ReportJson input_check_json(const std::optional<InputQa>& qa) {
    if (!qa) return nullptr;
    ReportJson sentences = ReportJson::array();
    for (const QaFinding& finding : qa->findings) sentences.push_back(finding.sentence);
    return {{"verdict", to_string(qa->verdict)},
            {"sentences", std::move(sentences)},
            {"figures", to_sentence(qa->figures)}};
}

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Whether `word` stands in `text` with no letter before and no letter or digit after it: "T1w" and
// "T1" yes, "T10" no.
bool has_word(const std::string& text, const std::string& word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const bool starts = at == 0 || !is_word_part(text[at - 1]);
        const std::size_t end = at + word.size();
        const bool weighted = end < text.size() && text[end] == 'W' &&
                              (end + 1 == text.size() || !is_word_part(text[end + 1]));
        if (starts && (end == text.size() || !is_word_part(text[end]) || weighted)) return true;
    }
    return false;
}

}  // namespace

bool is_nifti_name(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.ends_with(".nii") || name.ends_with(".nii.gz");
}

std::optional<Contrast> contrast_of_name(const std::string& file_name) {
    std::string upper = file_name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (upper.find("FLAIR") != std::string::npos) return Contrast::Flair;
    const bool t1 = has_word(upper, "T1"), t2 = has_word(upper, "T2");
    if (t1 == t2) return std::nullopt;  // neither, or both: not for us to guess
    return t1 ? Contrast::T1 : Contrast::T2;
}

stages::Progress progress_for(const std::string& what) {
    stages::Progress progress;
    if (::isatty(STDERR_FILENO) == 0) return progress;
    progress.report = [what](double share, std::string_view step) {
        std::fprintf(stderr, "\r\033[K%s  %3.0f %%  %.*s", what.c_str(), 100 * share,
                     static_cast<int>(step.size()), step.data());
    };
    return progress;
}

void end_progress() {
    if (::isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r\033[K");
}

std::string warnings_json(const Assessment& found) {
    const ReportJson marked{{"uncertain", found.uncertain_ml},
                            {"unfamiliar", found.unfamiliar_ml},
                            {"inconsistent", found.inconsistent_ml},
                            {"assessed", found.assessed_ml}};
    return ReportJson{{"intended_use", kIntendedUse},
                      {"banners", found.banners},
                      {"input_check", input_check_json(found.input_qa)},
                      {"volume_ml", marked},
                      {"note", kUnmarked}}
               .dump(2, ' ', false, ReportJson::error_handler_t::replace) +
           "\n";
}

void report_banners(const std::string& what, const Assessment& found) {
    for (const std::string& banner : found.banners)
        std::fprintf(stderr, "%s: WARNING: %s\n", what.c_str(), banner.c_str());
}

void report_declined(const std::string& what, const stages::Declined& declined) {
    end_progress();
    std::fprintf(stderr, "%s: declined\n", what.c_str());
    for (const stages::Decline& reason : declined.reasons)
        std::fprintf(stderr, "  %.*s: %s\n", static_cast<int>(to_string(reason.kind).size()),
                     to_string(reason.kind).data(), reason.sentence.c_str());
}

void report_failed(const std::string& what, const Error& error) {
    end_progress();
    std::fprintf(stderr, "%s: failed: %s\n", what.c_str(), to_string(error).c_str());
}

}  // namespace iqt::server::worker
