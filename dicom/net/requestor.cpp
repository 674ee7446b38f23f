// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/requestor.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>

#include "dicom/net/services.hpp"

namespace iqt::dicom::net {
namespace {

constexpr std::size_t kContextsMax = 128;  // odd ids 1..255, PS3.8 9.3.2.2
constexpr long kMaxPdu = ASC_MAXIMUMPDUSIZE;

struct DestroyParameters {
    void operator()(T_ASC_Parameters* parameters) const {
        ASC_destroyAssociationParameters(&parameters);
    }
};
using ParametersPtr = std::unique_ptr<T_ASC_Parameters, DestroyParameters>;

Result<ParametersPtr> make_parameters(const Destination& destination,
                                      std::span<const std::string> sop_classes) {
    T_ASC_Parameters* made = nullptr;
    OFCondition condition = ASC_createAssociationParameters(&made, kMaxPdu);
    if (condition.bad()) return fail(error_from(condition));
    ParametersPtr parameters(made);
    ASC_setAPTitles(made, destination.own_ae_title.c_str(), destination.ae_title.c_str(), nullptr);
    const std::string peer = destination.address + ":" + std::to_string(destination.port);
    if (peer.size() >= sizeof made->DULparams.calledPresentationAddress)
        return fail(ErrorKind::Config, "address and port are longer than 63 characters",
                    describe(destination), "use a shorter name or the IPv4 address");
    condition = ASC_setPresentationAddresses(made, "localhost", peer.c_str());
    if (condition.good()) condition = ASC_setTransportLayerType(made, destination.tls);
    if (condition.bad()) return fail(error_from(condition));

    std::vector<const char*> syntaxes;
    for (const NamedUid& syntax : proposed_transfer_syntaxes()) syntaxes.push_back(syntax.uid);
    T_ASC_PresentationContextID id = 1;
    for (const std::string& sop_class :
         sop_classes.first(std::min(sop_classes.size(), kContextsMax))) {
        condition = ASC_addPresentationContext(made, id, sop_class.c_str(), syntaxes.data(),
                                               static_cast<int>(syntaxes.size()));
        if (condition.bad()) return fail(error_from(condition));
        id = static_cast<T_ASC_PresentationContextID>(id + 2);
    }
    return parameters;
}

Error rejection_error(T_ASC_Parameters& parameters, const Destination& destination) {
    T_ASC_RejectParameters rejected{};
    ASC_getRejectParameters(&parameters, &rejected);
    Error error{ErrorKind::Unavailable, "the association was rejected", describe(destination), {}};
    if (rejected.result == ASC_RESULT_REJECTEDPERMANENT) error.kind = ErrorKind::Refused;
    switch (rejected.reason) {
        case ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED:
            error.what += ": it does not know our AE title";
            error.hint = "enter this node's AE title, address and port at the destination";
            break;
        case ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED:
            error.what += ": its AE title is another one";
            error.hint = "correct ae_title of this destination";
            break;
        case ASC_REASON_SP_PRES_TEMPORARYCONGESTION:
        case ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED:
            error.what += ": too many associations at the moment";
            break;
        default:
            break;
    }
    return error;
}

Error tls_error(Error fault, const Destination& destination) {
    fault.what = "no TLS: " + fault.what;
    fault.where = describe(destination);
    return fault;
}

}  // namespace

std::string describe(const Destination& destination) {
    return destination.name + " (" + destination.ae_title + " at " + destination.address + ":" +
           std::to_string(destination.port) + ")";
}

Result<Requestor> Requestor::open(const Destination& destination,
                                  std::span<const std::string> sop_classes,
                                  std::shared_ptr<const TlsContext> tls) {
    if (destination.tls && !tls)
        return fail(ErrorKind::Config, "its TLS certificates have not been read",
                    describe(destination), "see the log from the start of the node");
    auto network = open_requestor({destination.timeout_s, destination.timeout_s}, std::move(tls));
    if (!network) return fail(network.error());
    auto parameters = make_parameters(destination, sop_classes);
    if (!parameters) return fail(parameters.error());

    // One value for the whole process: with two destinations connecting at once the later limit may
    // serve for both, which still bounds them.
    dcmConnectionTimeout.set(destination.timeout_s);
    std::ignore = take_tls_fault();  // of an earlier connection
    T_ASC_Association* made = nullptr;
    T_ASC_Parameters* handed_over = parameters->release();
    const OFCondition condition = ASC_requestAssociation(
        network->get(), handed_over, &made, nullptr, nullptr, DUL_NOBLOCK, destination.timeout_s);
    AssociationPtr association(made);
    if (!association) ParametersPtr(handed_over).reset();
    if (condition == DUL_ASSOCIATIONREJECTED && association)
        return fail(rejection_error(*association->params, destination));
    if (condition.bad()) {
        if (auto fault = take_tls_fault()) return fail(tls_error(*std::move(fault), destination));
        Error error = error_from(condition, describe(destination));
        if (error.kind == ErrorKind::Internal) error.kind = ErrorKind::Unavailable;
        error.hint = "check that the destination runs and that address and port are right";
        return fail(std::move(error));
    }
    return Requestor(std::move(*network), std::move(association));
}

Requestor::~Requestor() {
    if (association_) ASC_abortAssociation(association_.get());
}

void Requestor::release() {
    if (association_ && ASC_releaseAssociation(association_.get()).good()) association_.reset();
}

}  // namespace iqt::dicom::net
