// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/network.hpp"

#include <cerrno>
#include <csignal>
#include <mutex>
#include <tuple>
#include <utility>

#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/dul.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "pipeline/digest/digest.hpp"

namespace iqt::dicom::net {
namespace {

/// DCMTK's plain connection; what has no limit there has one here.
class PromptConnection final : public DcmTCPConnection {
  public:
    using DcmTCPConnection::DcmTCPConnection;
    ssize_t read(void* buffer, size_t size) override {
        const ssize_t got = DcmTCPConnection::read(buffer, size);
        acknowledge_at_once(getSocket());
        return got;
    }
    // DCMTK waits for ever where its own arithmetic has come to less than no time.
    OFBool networkDataAvailable(int timeout_s) override {
        return wait_for(getSocket(), POLLIN, timeout_s * 1000LL);
    }
};

/// Sets the options of each new connection, and makes it one with TLS or without.
class TunedLayer : public DcmTransportLayer {
  public:
    explicit TunedLayer(NetworkTimes times) : times_(times) {}

    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override {
        ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // not for programs that the node starts
        // Nagle's algorithm waits for the peer's delayed acknowledgement between the two parts of
        // every message: 11 instances a second instead of thousands.
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        DcmTransportConnection* made = make(socket, secure);
        const timeval limit{times_.socket_s, 0};  // after the base class has set its own
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        return made;
    }

  protected:
    /// What a connection that is to be secure is made by; nothing: there is none.
    virtual const TlsContext* tls() const = 0;

  private:
    DcmTransportConnection* make(int socket, bool secure) const {
        if (!secure) return new PromptConnection(socket);
        return tls() == nullptr ? nullptr : tls()->connect(socket, times_.acse_s);
    }
    NetworkTimes times_;
};

/// Carries a socket into DCMTK, which takes it from one global variable. The lock is held only from
/// setting that variable until DCMTK asks for the connection, not while the peer is waited for.
class Handover {
  public:
    Handover(UniqueFd& socket, const TlsContext* tls) : lock_(mutex()), socket_(socket), tls_(tls) {
        dcmExternalSocketHandle.set(socket.get());
        current() = this;
    }
    ~Handover() { finish(); }
    Handover(const Handover&) = delete;
    Handover& operator=(const Handover&) = delete;

    /// The handover that this thread is in the middle of, if it is.
    static Handover*& current() {
        thread_local Handover* handover = nullptr;
        return handover;
    }

    const TlsContext* tls() const { return tls_; }

    void taken() {
        socket_.release();
        finish();
    }

  private:
    static std::mutex& mutex() {
        static std::mutex guards_external_socket_handle;
        return guards_external_socket_handle;
    }
    void finish() {
        if (!lock_.owns_lock()) return;
        dcmExternalSocketHandle.set(-1);
        current() = nullptr;
        lock_.unlock();
    }
    std::unique_lock<std::mutex> lock_;
    UniqueFd& socket_;
    const TlsContext* tls_;
};

class AcceptorLayer final : public TunedLayer {
  public:
    using TunedLayer::TunedLayer;
    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override {
        DcmTransportConnection* made = TunedLayer::createConnection(socket, secure);
        // Also where nothing was made: DCMTK closes the socket then.
        if (Handover::current() != nullptr) Handover::current()->taken();
        return made;
    }

  protected:
    const TlsContext* tls() const override {
        return Handover::current() == nullptr ? nullptr : Handover::current()->tls();
    }
};

class RequestorLayer final : public TunedLayer {
  public:
    RequestorLayer(NetworkTimes times, std::shared_ptr<const TlsContext> tls)
        : TunedLayer(times), tls_(std::move(tls)) {}

  protected:
    const TlsContext* tls() const override { return tls_.get(); }

  private:
    std::shared_ptr<const TlsContext> tls_;
};

Result<NetworkPtr> make_network(T_ASC_NetworkRole role, int timeout_s,
                                std::unique_ptr<DcmTransportLayer> layer) {
    start_network();
    static std::mutex guards_state_table;  // DCMTK fills a static table when a network is made
    const std::lock_guard lock(guards_state_table);
    T_ASC_Network* made = nullptr;
    const OFCondition condition = ASC_initializeNetwork(role, 0, timeout_s, &made);
    if (condition.bad()) return fail(error_from(condition));
    NetworkPtr network(made);
    ASC_setTransportLayer(made, layer.release(), 1);
    return network;
}

}  // namespace

void start_network() {
    static std::once_flag once;
    std::call_once(once, [] {
        dcmDisableGethostbyaddr.set(OFTrue);
        std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not a signal
    });
}

Error error_from(const OFCondition& condition, std::string where) {
    Error error{ErrorKind::Internal, condition.text(), std::move(where), {}};
    if (condition.module() != OFM_dcmnet) return error;
    switch (condition.code()) {
        case DULC_READTIMEOUT:
        case DIMSEC_NODATAAVAILABLE:
            error.kind = ErrorKind::Timeout;
            break;
        case DULC_NETWORKCLOSED:
        case DULC_PEERABORTEDASSOCIATION:
        case DULC_PEERREQUESTEDRELEASE:
        case DULC_REQUESTASSOCIATIONFAILED:
        case DULC_ASSOCIATIONREJECTED:
        case DULC_TCPINITERROR:
        case DULC_TCPIOERROR:
        case DULC_UNKNOWNHOST:
        case DIMSEC_SENDFAILED:
        case DIMSEC_RECEIVEFAILED:
        case DIMSEC_READPDVFAILED:
            error.kind = ErrorKind::Unavailable;
            break;
        default:
            break;
    }
    return error;
}

Result<AcceptorNetwork> AcceptorNetwork::open(const Listener& listener, NetworkTimes times) {
    // DCMTK takes the network's own limit for waiting until a peer closes.
    auto made = make_network(NET_ACCEPTOR, kCloseTimeout_s, std::make_unique<AcceptorLayer>(times));
    if (!made) return fail(made.error());
    // As acceptor DCMTK listens on all addresses at a port of its own. Its descriptor becomes a
    // second name of our listening socket, so that nothing else is open.
    if (::dup3(listener.socket.get(), DUL_networkSocket((*made)->network), O_CLOEXEC) < 0)
        return fail(ErrorKind::Io, "cannot set up the listening socket: " + errno_text(errno));
    AcceptorNetwork network;
    network.network_ = std::move(*made);
    network.times_ = times;
    return network;
}

Result<AssociationPtr> AcceptorNetwork::receive(UniqueFd socket, long max_pdu_bytes,
                                                const TlsContext* tls) const {
    std::ignore = take_tls_fault();  // of an earlier connection
    T_ASC_Association* received = nullptr;
    OFCondition condition;
    {
        const Handover handover(socket, tls);
        condition = ASC_receiveAssociation(network_.get(), &received, max_pdu_bytes, nullptr,
                                           nullptr, tls != nullptr, DUL_NOBLOCK, times_.acse_s);
    }
    AssociationPtr association(received);
    if (auto fault = take_tls_fault()) return fail(*std::move(fault));
    if (condition.bad()) return fail(error_from(condition));
    // To DCMTK it is no fault that the peer has closed instead of asking.
    if (received->params->DULparams.applicationContextName[0] == '\0')
        return fail(ErrorKind::Unavailable, "the peer closed the connection without a request");
    return association;
}

Result<NetworkPtr> open_requestor(NetworkTimes times, std::shared_ptr<const TlsContext> tls) {
    return make_network(NET_REQUESTOR, times.acse_s,
                        std::make_unique<RequestorLayer>(times, std::move(tls)));
}

std::string peer_certificate_sha256(T_ASC_Association& association) {
    std::string der(ASC_getPeerCertificateLength(&association), '\0');
    if (der.empty() || ASC_getPeerCertificate(&association, der.data(), der.size()) != der.size())
        return {};
    return digest::sha256_hex(der);
}

}  // namespace iqt::dicom::net
