// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/store_scu.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/ofstd/ofstd.h>

#include "dicom/instance_header.hpp"
#include "dicom/net/dimse_status.hpp"
#include "dicom/net/requestor.hpp"
#include "dicom/net/services.hpp"
#include "pipeline/digest/digest.hpp"

namespace iqt::dicom::net {
namespace {

std::vector<std::string> sop_classes_of(std::span<const OutgoingInstance> instances) {
    std::vector<std::string> classes;
    for (const OutgoingInstance& instance : instances)
        if (std::ranges::find(classes, instance.sop_class_uid) == classes.end())
            classes.push_back(instance.sop_class_uid);
    return classes;
}

SendOutcome outcome_of(const OutgoingInstance& instance, SendResult result, std::string message) {
    return {instance.delivery_id, result, 0, std::move(message)};
}

/// Sends instance after instance over one association.
class Sender {
  public:
    Sender(Requestor association, const Destination& destination)
        : association_(std::move(association)), destination_(destination) {}

    /// Nothing: the connection is lost, `lost()` says how.
    std::optional<SendOutcome> send(const OutgoingInstance& instance);
    const std::string& lost() const { return lost_; }
    void release() { association_.release(); }

  private:
    std::optional<SendOutcome> store(const OutgoingInstance& instance,
                                     T_ASC_PresentationContextID context, DcmDataset& data_set);

    Requestor association_;
    const Destination& destination_;
    std::string lost_;
};

// Nothing that differs from what was made leaves, whatever happened to its file since.
bool is_as_made(const OutgoingInstance& instance) {
    if (instance.sha256.empty()) return true;
    std::ifstream file(instance.file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return digest::sha256_hex(bytes) == instance.sha256;
}

std::optional<SendOutcome> Sender::send(const OutgoingInstance& instance) {
    if (!is_as_made(instance))
        return outcome_of(instance, SendResult::Permanent,
                          "the stored result is missing or differs from what was made; retry the "
                          "job, which makes it again");
    DcmFileFormat file;
    const OFCondition loaded = file.loadFile(instance.file.c_str());
    if (loaded.bad())
        return outcome_of(instance, SendResult::Permanent,
                          std::string("the stored result cannot be read: ") + loaded.text());
    DcmDataset& data_set = *file.getDataset();
    const DcmXfer own_syntax(data_set.getOriginalXfer());
    const T_ASC_PresentationContextID context = ASC_findAcceptedPresentationContextID(
        association_.get(), instance.sop_class_uid.c_str(), own_syntax.getXferID());
    if (context == 0)
        return outcome_of(instance, SendResult::Permanent,
                          describe(destination_) + " does not take SOP class " +
                              instance.sop_class_uid + "; allow it there");
    T_ASC_PresentationContext accepted{};
    ASC_findAcceptedPresentationContext(association_.get()->params, context, &accepted);
    if (!data_set.canWriteXfer(DcmXfer(accepted.acceptedTransferSyntax).getXfer()))
        return outcome_of(
            instance, SendResult::Permanent,
            describe(destination_) + " does not take transfer syntax " + own_syntax.getXferName());
    return store(instance, context, data_set);
}

std::optional<SendOutcome> Sender::store(const OutgoingInstance& instance,
                                         T_ASC_PresentationContextID context,
                                         DcmDataset& data_set) {
    T_DIMSE_C_StoreRQ request{};
    request.MessageID = association_.get()->nextMsgID++;
    OFStandard::strlcpy(request.AffectedSOPClassUID, instance.sop_class_uid.c_str(),
                        sizeof request.AffectedSOPClassUID);
    OFStandard::strlcpy(request.AffectedSOPInstanceUID, instance.sop_instance_uid.c_str(),
                        sizeof request.AffectedSOPInstanceUID);
    request.DataSetType = DIMSE_DATASET_PRESENT;
    request.Priority = DIMSE_PRIORITY_MEDIUM;
    T_DIMSE_C_StoreRSP response{};
    DcmDataset* detail = nullptr;
    const OFCondition condition =
        DIMSE_storeUser(association_.get(), context, &request, nullptr, &data_set, nullptr, nullptr,
                        DIMSE_NONBLOCKING, destination_.timeout_s, &response, &detail, nullptr, 0);
    // The peer's free text is not passed on: it may name the patient.
    delete detail;
    if (condition.bad()) {
        const Error error =
            take_tls_fault().value_or(error_from(condition, describe(destination_)));
        lost_ = error.kind == ErrorKind::Timeout ? describe(destination_) + ": no answer within " +
                                                       std::to_string(destination_.timeout_s) + " s"
                                                 : "the association was lost: " + to_string(error);
        return std::nullopt;
    }
    SendOutcome outcome{instance.delivery_id,
                        classify_store_status(response.DimseStatus),
                        response.DimseStatus,
                        {}};
    if (response.DimseStatus != kSuccess)
        outcome.message =
            describe(destination_) + " answered " + describe_store_status(response.DimseStatus);
    return outcome;
}

}  // namespace

Status StoreScu::use_tls(const std::string& destination, const TlsFiles& files) {
    auto loaded = TlsContext::load(files, TlsSide::Sender);
    if (!loaded) return fail(loaded.error());
    const std::lock_guard lock(mutex_);
    tls_[destination] = *std::move(loaded);
    return {};
}

std::shared_ptr<const TlsContext> StoreScu::tls_for(const Destination& destination) {
    if (!destination.tls) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto found = tls_.find(destination.name);
    return found == tls_.end() ? nullptr : found->second;
}

void StoreScu::send_or_throw(const Destination& destination,
                             std::span<const OutgoingInstance> instances,
                             const std::stop_token& stop, std::size_t& reported,
                             const std::function<void(const SendOutcome&)>& report) {
    std::string why_not;
    auto opened = Requestor::open(destination, sop_classes_of(instances), tls_for(destination));
    if (opened) {
        Sender sender(std::move(*opened), destination);
        while (reported < instances.size() && why_not.empty()) {
            if (stop.stop_requested()) {
                why_not = "sending was stopped";
            } else if (const auto outcome = sender.send(instances[reported])) {
                ++reported;
                report(*outcome);
            } else {
                why_not = sender.lost();
            }
        }
        if (sender.lost().empty()) sender.release();
    } else {
        why_not = to_string(opened.error());
    }
    while (reported < instances.size())
        report(outcome_of(instances[reported++], SendResult::Transient, why_not));
}

void StoreScu::send(const Destination& destination, std::span<const OutgoingInstance> instances,
                    std::stop_token stop, const std::function<void(const SendOutcome&)>& report) {
    if (instances.empty()) return;
    std::size_t reported = 0;
    try {
        send_or_throw(destination, instances, stop, reported, report);
    } catch (const std::exception& error) {
        while (reported < instances.size())
            report(outcome_of(instances[reported++], SendResult::Transient,
                              std::string("unexpected fault while sending: ") + error.what()));
    }
}

Status StoreScu::echo(const Destination& destination) {
    const std::array<std::string, 1> classes{verification_class().uid};
    auto association = Requestor::open(destination, classes, tls_for(destination));
    if (!association) return fail(association.error());
    if (ASC_findAcceptedPresentationContextID(association->get(), verification_class().uid) == 0)
        return fail(ErrorKind::Refused, "Verification is not accepted", describe(destination));
    DIC_US status = 0;
    DcmDataset* detail = nullptr;
    const OFCondition condition =
        DIMSE_echoUser(association->get(), association->get()->nextMsgID++, DIMSE_NONBLOCKING,
                       destination.timeout_s, &status, &detail);
    delete detail;
    if (condition.bad()) return fail(error_from(condition, describe(destination)));
    association->release();
    if (status != STATUS_ECHO_Success)
        return fail(ErrorKind::Refused, "C-ECHO was answered " + describe_store_status(status),
                    describe(destination));
    return {};
}

}  // namespace iqt::dicom::net
