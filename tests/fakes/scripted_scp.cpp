// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/scripted_scp.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <thread>

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
#include <sys/socket.h>
#include <unistd.h>

namespace iqt::fakes {

struct ScriptedScp::State {
    explicit State(ScpScript s) : script(std::move(s)) {}

    void run(const std::stop_token& stop);
    void serve(T_ASC_Association* association, const std::stop_token& stop);
    bool reject(T_ASC_Association* association);
    void accept_contexts(T_ASC_Association* association);
    /// False where the association is to be given up.
    bool store(T_ASC_Association* association, T_ASC_PresentationContextID context,
               T_DIMSE_C_StoreRQ& request, const std::stop_token& stop);

    const ScpScript script;
    T_ASC_Network* network = nullptr;
    int port = 0;
    std::atomic<int> associations{0}, contexts{0};
    std::size_t answered = 0;
    mutable std::mutex mutex;
    std::vector<Stored> stored;
    std::jthread thread;
};

ScriptedScp::ScriptedScp(ScpScript script) : state_(std::make_unique<State>(std::move(script))) {
    if (ASC_initializeNetwork(NET_ACCEPTOR, 0, 20, &state_->network).bad()) std::abort();
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(DUL_networkSocket(state_->network->network), reinterpret_cast<sockaddr*>(&bound),
                  &size);
    state_->port = ntohs(bound.sin_port);
    state_->thread = std::jthread([this](const std::stop_token& stop) { state_->run(stop); });
}

ScriptedScp::~ScriptedScp() {
    state_->thread.request_stop();
    // A connection that says nothing wakes the thread.
    sockaddr_in self{};
    self.sin_family = AF_INET;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    self.sin_port = htons(static_cast<std::uint16_t>(state_->port));
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    ::connect(fd, reinterpret_cast<sockaddr*>(&self), sizeof self);
    ::close(fd);
    state_->thread.join();
    ASC_dropNetwork(&state_->network);
}

int ScriptedScp::port() const {
    return state_->port;
}
int ScriptedScp::associations() const {
    return state_->associations;
}
int ScriptedScp::contexts() const {
    return state_->contexts;
}

std::vector<ScriptedScp::Stored> ScriptedScp::stored() const {
    const std::lock_guard lock(state_->mutex);
    return state_->stored;
}

void ScriptedScp::State::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (!ASC_associationWaiting(network, 1)) continue;
        T_ASC_Association* association = nullptr;
        if (ASC_receiveAssociation(network, &association, ASC_MAXIMUMPDUSIZE).good()) {
            ++associations;
            contexts = ASC_countPresentationContexts(association->params);
            serve(association, stop);
        }
        if (association != nullptr) {
            ASC_dropAssociation(association);
            ASC_destroyAssociation(&association);
        }
    }
}

bool ScriptedScp::State::reject(T_ASC_Association* association) {
    T_ASC_RejectParameters how{ASC_RESULT_REJECTEDTRANSIENT,
                               ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED,
                               ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED};
    if (script.request == ScpScript::Request::RejectCallingAe)
        how = {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER,
               ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED};
    else if (script.request != ScpScript::Request::RejectForNow)
        return false;
    ASC_rejectAssociation(association, &how);
    ASC_dropSCPAssociation(association, 5);
    return true;
}

void ScriptedScp::State::accept_contexts(T_ASC_Association* association) {
    const char* syntax = script.transfer_syntax.empty() ? UID_LittleEndianExplicitTransferSyntax
                                                        : script.transfer_syntax.c_str();
    T_ASC_PresentationContext proposed{};
    for (int i = 0; i < contexts; ++i) {
        ASC_getPresentationContext(association->params, i, &proposed);
        if (script.request == ScpScript::Request::AcceptNoContext)
            ASC_refusePresentationContext(association->params, proposed.presentationContextID,
                                          ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
        else
            ASC_acceptPresentationContext(association->params, proposed.presentationContextID,
                                          syntax);
    }
}

void ScriptedScp::State::serve(T_ASC_Association* association, const std::stop_token& stop) {
    if (script.request == ScpScript::Request::Hang) {
        while (!stop.stop_requested() && !ASC_dataWaiting(association, 1)) continue;
        return;
    }
    if (reject(association)) return;
    accept_contexts(association);
    if (ASC_acknowledgeAssociation(association).bad()) return;
    while (!stop.stop_requested()) {
        T_DIMSE_Message message{};
        T_ASC_PresentationContextID context = 0;
        const OFCondition condition =
            DIMSE_receiveCommand(association, DIMSE_NONBLOCKING, 1, &context, &message, nullptr);
        if (condition == DIMSE_NODATAAVAILABLE) continue;
        if (condition == DUL_PEERREQUESTEDRELEASE) {
            ASC_acknowledgeRelease(association);
            ASC_dropSCPAssociation(association, 5);
            return;
        }
        if (condition.bad()) return;
        if (message.CommandField == DIMSE_C_ECHO_RQ)
            DIMSE_sendEchoResponse(association, context, &message.msg.CEchoRQ, STATUS_ECHO_Success,
                                   nullptr);
        else if (message.CommandField != DIMSE_C_STORE_RQ ||
                 !store(association, context, message.msg.CStoreRQ, stop))
            return;
    }
}

bool ScriptedScp::State::store(T_ASC_Association* association, T_ASC_PresentationContextID context,
                               T_DIMSE_C_StoreRQ& request, const std::stop_token& stop) {
    DcmDataset* received = nullptr;
    if (DIMSE_receiveDataSetInMemory(association, DIMSE_NONBLOCKING, 20, &context, &received,
                                     nullptr, nullptr)
            .bad())
        return false;
    const std::unique_ptr<DcmDataset> data_set(received);
    Stored entry{request.AffectedSOPInstanceUID, DcmXfer(data_set->getOriginalXfer()).getXferID(),
                 0};
    if (DcmElement* pixels = nullptr; data_set->findAndGetElement(DCM_PixelData, pixels).good())
        entry.pixel_bytes = pixels->getLength();
    {
        const std::lock_guard lock(mutex);
        stored.push_back(std::move(entry));
    }
    const auto number = static_cast<int>(answered++);
    if (number == script.drop_after) return false;
    if (number == script.silent_after) {
        while (!stop.stop_requested() && !ASC_dataWaiting(association, 1)) continue;
        return false;
    }
    T_DIMSE_C_StoreRSP response{};
    if (!script.statuses.empty())
        response.DimseStatus =
            script.statuses[std::min(static_cast<std::size_t>(number), script.statuses.size() - 1)];
    return DIMSE_sendStoreResponse(association, context, &request, &response, nullptr).good();
}

}  // namespace iqt::fakes
