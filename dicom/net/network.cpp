// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/network.hpp"

#include <cerrno>
#include <csignal>
#include <mutex>

#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/dul.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace iqt::dicom::net {
namespace {

/// Acknowledges at once what it reads. A peer that leaves Nagle's algorithm on (as DCMTK does by
/// default) waits for that before it sends the rest of a message; the system would wait 40 ms.
class PromptConnection final : public DcmTCPConnection {
  public:
    using DcmTCPConnection::DcmTCPConnection;
    ssize_t read(void* buffer, size_t size) override {
        const ssize_t got = DcmTCPConnection::read(buffer, size);
        const int saved = errno;
        const int on = 1;  // holds only until the system changes its mind
        ::setsockopt(getSocket(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        errno = saved;
        return got;
    }
};

/// Sets the options of each new connection. A TLS layer would do the same from its own base class.
class TunedLayer : public DcmTransportLayer {
  public:
    explicit TunedLayer(int socket_s) : socket_s_(socket_s) {}

    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override {
        ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // not for programs that the node starts
        // Nagle's algorithm waits for the peer's delayed acknowledgement between the two parts of
        // every message: 11 instances a second instead of thousands.
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        DcmTransportConnection* made = secure ? DcmTransportLayer::createConnection(socket, secure)
                                              : new PromptConnection(socket);
        const timeval limit{socket_s_, 0};  // after the base class has set its own
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        return made;
    }

  private:
    int socket_s_;
};

/// Carries a socket into DCMTK, which takes it from one global variable. The lock is held only from
/// setting that variable until DCMTK asks for the connection, not while the peer is waited for.
class Handover {
  public:
    explicit Handover(UniqueFd& socket) : lock_(mutex()), socket_(socket) {
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
};

class AcceptorLayer final : public TunedLayer {
  public:
    using TunedLayer::TunedLayer;
    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override {
        DcmTransportConnection* made = TunedLayer::createConnection(socket, secure);
        if (made != nullptr && Handover::current() != nullptr) Handover::current()->taken();
        return made;
    }
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
    auto made = make_network(NET_ACCEPTOR, kCloseTimeout_s,
                             std::make_unique<AcceptorLayer>(times.socket_s));
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

Result<AssociationPtr> AcceptorNetwork::receive(UniqueFd socket, long max_pdu_bytes) const {
    T_ASC_Association* received = nullptr;
    OFCondition condition;
    {
        const Handover handover(socket);
        condition = ASC_receiveAssociation(network_.get(), &received, max_pdu_bytes, nullptr,
                                           nullptr, OFFalse, DUL_NOBLOCK, times_.acse_s);
    }
    AssociationPtr association(received);
    if (condition.bad()) return fail(error_from(condition));
    return association;
}

Result<NetworkPtr> open_requestor(NetworkTimes times) {
    return make_network(NET_REQUESTOR, times.acse_s, std::make_unique<TunedLayer>(times.socket_s));
}

}  // namespace iqt::dicom::net
