// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/data_set_reader.hpp"

#include <algorithm>

#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>

namespace iqt::dicom::net {
namespace {

using Clock = std::chrono::steady_clock;

// The next fragment: from what was read already, else from the network.
OFCondition next_fragment(T_ASC_Association& association, int timeout_s, DUL_PDV& fragment) {
    OFCondition condition = DUL_NextPDV(&association.DULassociation, &fragment);
    if (condition.good()) return condition;
    condition = DUL_ReadPDVs(&association.DULassociation, nullptr, DUL_NOBLOCK, timeout_s);
    if (condition != DUL_PDATAPDUARRIVED) return condition.good() ? DUL_UNEXPECTEDPDU : condition;
    return DUL_NextPDV(&association.DULassociation, &fragment);
}

}  // namespace

Status read_data_set(T_ASC_Association& association, T_ASC_PresentationContextID context,
                     const DataSetLimits& limits,
                     const std::function<void(std::string_view)>& take) {
    const auto deadline = Clock::now() + std::chrono::seconds(limits.object_timeout_s);
    for (;;) {
        const auto left_s =
            std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now()).count();
        if (left_s <= 0) return fail(ErrorKind::Timeout, "the data set did not end in time");
        const int wait_s = std::min(limits.pdu_timeout_s, static_cast<int>(left_s));
        DUL_PDV fragment{};
        const OFCondition condition = next_fragment(association, wait_s, fragment);
        if (condition.bad()) return fail(error_from(condition));
        if (fragment.pdvType != DUL_DATASETPDV || fragment.presentationContextID != context)
            return fail(ErrorKind::Mismatch, "a fragment does not belong to the data set");
        take({static_cast<const char*>(fragment.data), fragment.fragmentLength});
        if (fragment.lastPDV) return {};
    }
}

}  // namespace iqt::dicom::net
