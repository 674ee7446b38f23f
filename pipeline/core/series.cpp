// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/series.hpp"

namespace iqt {

std::string_view to_string(Contrast contrast) {
    switch (contrast) {
        case Contrast::T1:
            return "T1";
        case Contrast::T2:
            return "T2";
        case Contrast::Flair:
            return "FLAIR";
    }
    return "T1";
}

std::optional<Contrast> contrast_from(std::string_view name) {
    for (const Contrast contrast : {Contrast::T1, Contrast::T2, Contrast::Flair})
        if (name == to_string(contrast)) return contrast;
    return std::nullopt;
}

}  // namespace iqt
