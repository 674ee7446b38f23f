// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/scp_association.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <optional>

#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>

#include "dicom/net/services.hpp"
#include "dicom/net/store_request.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::dicom::net {
namespace {

using Level = log::Level;

// What a peer may take beyond its time limit before the connection is cut.
constexpr int kGrace_s = 1;

std::string application_context_of(T_ASC_Association& association) {
    std::array<char, 65> name{};
    ASC_getApplicationContextName(association.params, name.data(), name.size());
    return name.data();
}

AssociationRequest request_of(T_ASC_Association& association, const Connection& connection) {
    std::array<char, 17> calling{}, called{}, responding{};
    ASC_getAPTitles(association.params, calling.data(), calling.size(), called.data(),
                    called.size(), responding.data(), responding.size());
    return {called.data(),
            calling.data(),
            connection.peer_address,
            application_context_of(association),
            connection.tls,
            connection.tls ? peer_certificate_sha256(association) : std::string()};
}

// PS3.8 9.3.3.2: contexts that are not in these lists are refused with reason 3 or 4.
OFCondition negotiate(T_ASC_Association& association) {
    std::vector<const char*> syntaxes, classes;
    for (const NamedUid& syntax : accepted_transfer_syntaxes()) syntaxes.push_back(syntax.uid);
    for (const NamedUid& sop_class : accepted_storage_classes()) classes.push_back(sop_class.uid);
    const char* verification = verification_class().uid;
    const auto uncompressed = static_cast<int>(proposed_transfer_syntaxes().size());
    OFCondition condition = ASC_acceptContextsWithPreferredTransferSyntaxes(
        association.params, &verification, 1, syntaxes.data(), uncompressed);
    if (condition.bad()) return condition;
    return ASC_acceptContextsWithPreferredTransferSyntaxes(
        association.params, classes.data(), static_cast<int>(classes.size()), syntaxes.data(),
        static_cast<int>(syntaxes.size()));
}

/// One place among `max_associations`, given back on destruction.
class Slot {
  public:
    explicit Slot(ScpShared& shared)
        : shared_(shared), held_(++shared.associations <= shared.options.max_associations) {}
    ~Slot() { --shared_.associations; }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    bool held() const { return held_; }

  private:
    ScpShared& shared_;
    bool held_;
};

class ScpAssociation {
  public:
    ScpAssociation(ScpShared& shared, const AssociationPolicy& policy, AssociationPtr association,
                   AssociationRequest request, const std::string& id, Watch& watch)
        : shared_(shared),
          policy_(policy),
          association_(std::move(association)),
          request_(std::move(request)),
          id_(id),
          watch_(watch) {}

    ScpAssociation(const ScpAssociation&) = delete;
    ScpAssociation& operator=(const ScpAssociation&) = delete;
    /// However an accepted association is left, the sink hears of its end.
    ~ScpAssociation() {
        if (accepted_ && !ended_)
            end(Error{ErrorKind::Internal, "unexpected fault in the node", {}, {}});
    }

    void serve() {
        // A stranger never takes a place from a known peer.
        if (const auto rejection = policy_.check(request_)) return reject(*rejection);
        std::optional<Slot> slot(std::in_place, shared_);
        if (!slot->held()) {
            slot.reset();
            return reject(kTooManyAssociations);
        }
        if (negotiate(*association_).bad() ||
            ASC_acknowledgeAssociation(association_.get()).bad()) {
            log::event(Level::Warn, "association.failed",
                       {{"association", id_}, {"address", request_.peer_address}});
            return;
        }
        accepted_ = true;
        log::event(Level::Info, "association.accepted",
                   {{"association", id_},
                    {"calling_ae", request_.calling_ae},
                    {"address", request_.peer_address},
                    {"tls", request_.tls}});
        const auto why = answer_commands();
        watch_.rest();
        end(why);
        slot.reset();  // not while waiting for the peer to close
        if (why) ASC_abortAssociation(association_.get());
        ASC_dropSCPAssociation(association_.get(), kCloseTimeout_s);
    }

  private:
    void reject(const Rejection& rejection) {
        T_ASC_RejectParameters parameters{};
        parameters.result = static_cast<T_ASC_RejectParametersResult>(rejection.result);
        parameters.source = static_cast<T_ASC_RejectParametersSource>(rejection.source);
        // DCMTK codes the source into the high byte of the reason.
        parameters.reason = static_cast<T_ASC_RejectParametersReason>(
            (static_cast<int>(rejection.source) << 8) | rejection.reason);
        ASC_rejectAssociation(association_.get(), &parameters);
        shared_.sink.connection_refused(ConnectionRefusal::Rejected);
        log::event(Level::Warn, "association.rejected",
                   {{"association", id_},
                    {"calling_ae", request_.calling_ae},
                    {"called_ae", request_.called_ae},
                    {"address", request_.peer_address},
                    {"tls", request_.tls},
                    {"certificate_sha256", request_.certificate_sha256},
                    {"reason", rejection.why}});
        ASC_dropSCPAssociation(association_.get(), kCloseTimeout_s);
    }

    // Nothing: released. Else why the association is over without a release.
    std::optional<Error> answer_commands() {
        for (;;) {
            T_DIMSE_Message message{};
            T_ASC_PresentationContextID context = 0;
            DcmDataset* detail = nullptr;
            watch_.expect_within(shared_.options.dimse_timeout_s + kGrace_s);
            const OFCondition condition =
                DIMSE_receiveCommand(association_.get(), DIMSE_NONBLOCKING,
                                     shared_.options.dimse_timeout_s, &context, &message, &detail);
            delete detail;
            if (condition == DUL_PEERREQUESTEDRELEASE) {
                ASC_acknowledgeRelease(association_.get());
                return std::nullopt;
            }
            if (condition.bad()) return error_from(condition);
            if (auto answered = answer(context, message); !answered) return answered.error();
        }
    }

    Status answer(T_ASC_PresentationContextID context, T_DIMSE_Message& message) {
        if (message.CommandField == DIMSE_C_STORE_RQ)
            return answer_store(
                {shared_.options, shared_.sink, *association_, request_, id_, totals_, watch_},
                context, message.msg.CStoreRQ);
        if (message.CommandField != DIMSE_C_ECHO_RQ)
            return fail(ErrorKind::NotSupported,
                        "the peer sent a command other than C-STORE and "
                        "C-ECHO");
        const OFCondition condition = DIMSE_sendEchoResponse(
            association_.get(), context, &message.msg.CEchoRQ, STATUS_ECHO_Success, nullptr);
        if (condition.bad()) return fail(error_from(condition));
        return {};
    }

    void end(const std::optional<Error>& why) {
        ended_ = true;
        const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(
                                         std::chrono::steady_clock::now() - began_)
                                         .count();
        const std::initializer_list<log::Field> fields{{"association", id_},
                                                       {"calling_ae", request_.calling_ae},
                                                       {"address", request_.peer_address},
                                                       {"stored", totals_.stored},
                                                       {"refused", totals_.refused},
                                                       {"bytes", totals_.bytes},
                                                       {"seconds", seconds}};
        if (why)
            log::event(Level::Warn, "association.aborted", *why, fields);
        else
            log::event(Level::Info, "association.released", fields);
        shared_.sink.association_ended(id_,
                                       why ? AssociationEnd::Aborted : AssociationEnd::Released);
    }

    ScpShared& shared_;
    const AssociationPolicy& policy_;
    AssociationPtr association_;
    AssociationRequest request_;
    const std::string& id_;
    Watch& watch_;
    StoreTotals totals_;
    bool accepted_ = false, ended_ = false;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// A peer without TLS, or without a good certificate, is one event; one that says nothing of use
// afterwards is another.
void log_failed(ScpShared& shared, const Error& why, const std::string& id,
                const Connection& connection) {
    const bool handshake = why.where == kTlsHandshake;
    shared.sink.connection_refused(handshake ? ConnectionRefusal::TlsHandshake
                                             : ConnectionRefusal::NoRequest);
    log::event(
        Level::Warn, handshake ? "tls.handshake_failed" : "association.failed", why,
        {{"association", id}, {"address", connection.peer_address}, {"tls", connection.tls}});
}

void serve_or_throw(ScpShared& shared, const Admission& admission, Connection connection,
                    const std::string& id, Watch& watch) {
    watch.expect_within(shared.options.acse_timeout_s + kGrace_s);
    auto received =
        shared.network.receive(std::move(connection.socket), shared.options.max_pdu_bytes,
                               connection.tls ? admission.tls.get() : nullptr);
    if (!received) return log_failed(shared, received.error(), id, connection);
    AssociationRequest request = request_of(**received, connection);
    ScpAssociation(shared, admission.policy, std::move(*received), std::move(request), id, watch)
        .serve();
}

}  // namespace

void serve_connection(ScpShared& shared, const Admission& admission, Connection connection,
                      const std::string& id, Watch& watch) noexcept {
    try {
        serve_or_throw(shared, admission, std::move(connection), id, watch);
    } catch (const std::exception& error) {
        log::event(Level::Error, "association.failed",
                   Error{ErrorKind::Internal, error.what(), {}, {}}, {{"association", id}});
    } catch (...) {
        log::event(Level::Error, "association.failed", {{"association", id}});
    }
}

}  // namespace iqt::dicom::net
