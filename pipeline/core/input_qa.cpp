// SPDX-License-Identifier: Apache-2.0
#include "pipeline/core/input_qa.hpp"

namespace iqt {

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

}  // namespace iqt
