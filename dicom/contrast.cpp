// SPDX-License-Identifier: Apache-2.0
#include "dicom/contrast.hpp"

#include <algorithm>

namespace iqt::dicom {
namespace {

bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// "t2", "t2w", "t2wi", "t2fse", "t2tse", "t2se"; "t2star" is another contrast.
bool is_weighting(const std::string& word, std::string_view weighting) {
    if (word.rfind(weighting, 0) != 0) return false;
    const std::string_view rest = std::string_view(word).substr(weighting.size());
    for (const std::string_view known : {"", "w", "wi", "wtd", "weighted", "fse", "tse", "se", "ir",
                                         "tir", "mprage", "space", "cube", "spc"})
        if (rest == known) return true;
    return false;
}

struct NamedContrasts {
    bool t1 = false, t2 = false, flair = false, other = false;
};

NamedContrasts named_contrasts(std::string_view text) {
    NamedContrasts found;
    const auto words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::string next = i + 1 < words.size() ? words[i + 1] : "";
        if (word.find("flair") != std::string::npos || word == "darkfluid" ||
            (word == "dark" && next == "fluid"))
            found.flair = true;
        else if (word == "t2star" || word == "t1rho" ||
                 (is_weighting(word, "t2") && next == "star"))
            found.other = true;
        else if (is_weighting(word, "t2"))
            found.t2 = true;
        else if (is_weighting(word, "t1") || word == "mprage" || word == "mp2rage")
            found.t1 = true;
        else if (word == "pd" || word == "pdw" || word == "stir" || word == "swi")
            found.other = true;
    }
    // The asterisk of T2* is no word.
    const auto star = text.find("2*");
    if (star != std::string_view::npos && star > 0 &&
        (text[star - 1] == 'T' || text[star - 1] == 't'))
        found.other = true;
    return found;
}

/// One contrast, or none where a name says several ("T1 FLAIR" is not what FLAIR models know).
std::optional<Contrast> from_name(std::string_view text) {
    const NamedContrasts found = named_contrasts(text);
    if (found.other) return std::nullopt;
    if (found.flair) return found.t1 ? std::nullopt : std::optional(Contrast::Flair);
    if (found.t2 == found.t1) return std::nullopt;
    return found.t2 ? Contrast::T2 : Contrast::T1;
}

/// Bounds hold from 0.05 to 3 T: FLAIR nulls fluid (TI 1300 ms at 64 mT, 2500 ms at 3 T) and has a
/// long echo; T1 weighting is a short echo with a short repetition or a shorter inversion; fat is
/// nulled (STIR) by an inversion under 200 ms in a long repetition.
ContrastFinding from_times(const ContrastHints& hints) {
    if (hints.echo_planar || hints.balanced || !hints.echo_time_ms || *hints.echo_time_ms <= 0)
        return {};
    const double echo = *hints.echo_time_ms;
    const double repetition = hints.repetition_time_ms.value_or(0);
    const double inversion = hints.inversion_time_ms.value_or(0);
    if (inversion > 0) {
        if (inversion >= 1100 && echo >= 70) return {Contrast::Flair, "InversionTime"};
        const bool fat_nulled = inversion < 200 && repetition >= 2500;
        if (inversion < 1200 && echo <= 40 && !fat_nulled) return {Contrast::T1, "InversionTime"};
        return {};
    }
    if (echo >= 80 && repetition >= 1500) return {Contrast::T2, "EchoTime"};
    if (echo <= 20 && repetition > 0 && repetition <= 1200) return {Contrast::T1, "RepetitionTime"};
    return {};
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : text) {
        if (is_word_char(c)) {
            if (!inside) words.emplace_back();
            words.back().push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        }
        inside = is_word_char(c);
    }
    return words;
}

bool has_word(std::string_view text, const std::vector<std::string_view>& words) {
    for (const std::string& word : words_of(text))
        if (std::find(words.begin(), words.end(), word) != words.end()) return true;
    return false;
}

ContrastFinding find_contrast(const ContrastHints& hints) {
    for (const auto& [keyword, text] : hints.names)
        if (has_word(text,
                     {"psif", "fisp", "truefisp", "trufi", "ciss", "fiesta", "bssfp", "ssfp"}))
            return {std::nullopt, keyword};
    const std::string& stated = hints.acquisition_contrast;
    if (stated == "T1") return {Contrast::T1, "AcquisitionContrast"};
    if (stated == "T2") return {Contrast::T2, "AcquisitionContrast"};
    if (stated == "FLUID_ATTENUATED" || stated == "FLAIR")
        return {Contrast::Flair, "AcquisitionContrast"};
    if (!stated.empty() && stated != "UNKNOWN" && stated != "MIXED" && stated != "OTHER")
        return {std::nullopt, "AcquisitionContrast"};
    if (auto finding = from_times(hints); finding.contrast) return finding;
    for (const auto& [keyword, text] : hints.names)
        if (const auto contrast = from_name(text)) return {contrast, keyword};
    return {};
}

}  // namespace iqt::dicom
