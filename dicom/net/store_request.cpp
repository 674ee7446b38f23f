// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_request.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>

#include "dicom/instance_header.hpp"
#include "dicom/net/data_set_reader.hpp"
#include "dicom/net/dimse_status.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::dicom::net {
namespace {

// Asked for when an association has not shown yet how large its objects are.
constexpr std::uint64_t kFirstGuessBytes = 64 * 1024;
// A size known from the last object is exceeded a little by the next one.
constexpr std::uint64_t kHeaderVariationBytes = 4096;

// PS3.5 9.1 as far as it matters here: a name that is safe to handle and to compare.
bool is_uid(std::string_view uid) {
    return !uid.empty() && uid.size() <= 64 &&
           uid.find_first_not_of("0123456789.") == std::string_view::npos;
}

Status check_request(const T_DIMSE_C_StoreRQ& request, const T_ASC_PresentationContext& context) {
    if (std::string_view(request.AffectedSOPClassUID) != context.abstractSyntax ||
        std::string_view(context.abstractSyntax) == UID_VerificationSOPClass)
        return fail(ErrorKind::NotSupported, "SOP class is not that of the presentation context");
    if (!is_uid(request.AffectedSOPInstanceUID))
        return fail(ErrorKind::InvalidInput, "Affected SOP Instance UID is not a UID");
    return {};
}

Status check_identity(const T_DIMSE_C_StoreRQ& request, const InstanceFacts& facts) {
    if (facts.sop_class_uid != request.AffectedSOPClassUID)
        return fail(ErrorKind::Mismatch, "SOP class differs between command and data set");
    if (facts.sop_instance_uid != request.AffectedSOPInstanceUID)
        return fail(ErrorKind::Mismatch, "SOP instance differs between command and data set");
    return {};
}

// What is left of a file on disk that nobody took.
class FileGuard {
  public:
    explicit FileGuard(std::filesystem::path file) : file_(std::move(file)) {}
    ~FileGuard() {
        std::error_code ignored;
        if (!file_.empty()) std::filesystem::remove(file_, ignored);
    }
    FileGuard(const FileGuard&) = delete;
    FileGuard& operator=(const FileGuard&) = delete;
    void keep() { file_.clear(); }

  private:
    std::filesystem::path file_;
};

Status store(const StoreOrigin& origin, const T_DIMSE_C_StoreRQ& request,
             ObjectReceiver& receiver) {
    auto object = receiver.finish();
    if (!object) return fail(object.error());
    FileGuard file(object->file);
    auto facts = object->file.empty() ? read_instance_facts(std::string_view(object->data))
                                      : read_instance_facts(object->file);
    if (!facts) return fail(facts.error());
    if (auto same = check_identity(request, *facts); !same) return same;

    auto receipt = origin.sink.accept({std::move(*facts), std::move(*object),
                                       origin.peer.calling_ae, origin.peer.called_ae,
                                       origin.peer.peer_address, origin.association_id});
    if (!receipt) return fail(receipt.error());
    file.keep();
    return {};
}

// Its series may have begun over an association that is over: nothing else would tell the sink.
void report_cut_off(const StoreOrigin& origin, const ObjectReceiver& receiver) {
    if (const auto series_uid = series_uid_of_beginning(receiver.beginning()))
        origin.sink.object_cut_off(origin.association_id, *series_uid);
}

Status respond(const StoreOrigin& origin, T_ASC_PresentationContextID context,
               const T_DIMSE_C_StoreRQ& request, const Status& outcome) {
    T_DIMSE_C_StoreRSP response{};
    response.DimseStatus = outcome ? kSuccess : status_for(outcome.error().kind);
    DcmDataset detail;
    if (!outcome)
        detail.putAndInsertString(DCM_ErrorComment, error_comment(outcome.error().what).c_str());
    const OFCondition condition = DIMSE_sendStoreResponse(&origin.association, context, &request,
                                                          &response, outcome ? nullptr : &detail);
    if (condition.bad()) return fail(error_from(condition));
    return {};
}

void record(const StoreOrigin& origin, std::uint64_t object_bytes, const Status& outcome) {
    origin.totals.bytes += object_bytes;
    if (outcome) {
        ++origin.totals.stored;
        origin.totals.last_object_bytes = object_bytes;
        return;
    }
    ++origin.totals.refused;
    log::event(log::Level::Warn, "instance.refused", outcome.error(),
               {{"association", origin.association_id},
                {"calling_ae", origin.peer.calling_ae},
                {"address", origin.peer.peer_address},
                {"status", describe_store_status(status_for(outcome.error().kind))},
                {"bytes", object_bytes}});
}

}  // namespace

Status answer_store(const StoreOrigin& origin, T_ASC_PresentationContextID context,
                    const T_DIMSE_C_StoreRQ& request) {
    T_ASC_PresentationContext negotiated{};
    if (ASC_findAcceptedPresentationContext(origin.association.params, context, &negotiated).bad())
        return fail(ErrorKind::NotSupported, "C-STORE on a context that was not accepted");

    const std::uint64_t guess = origin.totals.last_object_bytes == 0
                                    ? kFirstGuessBytes
                                    : origin.totals.last_object_bytes + kHeaderVariationBytes;
    ObjectReceiver receiver(
        origin.options.object,
        make_part10({}, request.AffectedSOPClassUID, request.AffectedSOPInstanceUID,
                    negotiated.acceptedTransferSyntax, origin.peer.calling_ae),
        guess, [&](std::uint64_t bytes) { return origin.sink.admit(bytes); });
    if (auto usable = check_request(request, negotiated); !usable)
        receiver.fail_with(usable.error());
    if (request.DataSetType == DIMSE_DATASET_NULL) {
        receiver.fail_with({ErrorKind::InvalidInput, "C-STORE came without a data set", {}, {}});
    } else {
        const DataSetLimits limits{origin.options.dimse_timeout_s, origin.options.object_timeout_s};
        origin.watch.expect_within(origin.options.object_timeout_s + 1);
        auto read = read_data_set(origin.association, context, limits,
                                  [&](std::string_view bytes) { receiver.append(bytes); });
        if (!read) {
            report_cut_off(origin, receiver);
            return read;
        }
    }
    origin.watch.rest();  // the sink takes the time it takes
    const Status outcome = store(origin, request, receiver);
    record(origin, receiver.received_bytes(), outcome);
    return respond(origin, context, request, outcome);
}

}  // namespace iqt::dicom::net
