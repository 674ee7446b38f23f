// SPDX-License-Identifier: Apache-2.0
// The only file of this room that knows OpenSSL: DCMTK's layer hands out its context and leaves to
// the program what a listener on a hospital network needs beside (see ARCHITECTURE.md, D-021).
#include "dicom/net/tls.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmtls/tlscond.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <dcmtk/dcmtls/tlstrans.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>

#include "dicom/net/socket.hpp"

namespace iqt::dicom::net {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr int kSecurityLevel = 2;  // 112 bits: RSA from 2048, no SHA-1 signatures

std::optional<Error>& fault_of_this_thread() {
    thread_local std::optional<Error> fault;
    return fault;
}

void note_fault(ErrorKind kind, std::string what, std::string hint = {}) {
    fault_of_this_thread() = Error{kind, std::move(what), kTlsHandshake, std::move(hint)};
}

void note_rejected_certificate(long verdict) {
    note_fault(ErrorKind::Refused,
               std::string("the peer's certificate is not accepted: ") +
                   X509_verify_cert_error_string(verdict),
               "have it renewed, or enter its authority and current revocation list");
}

// What OpenSSL's queue holds, in the words of the person who has to act. `reason` is 0 where it
// holds nothing: the connection ended.
void note_library_fault(int reason, const char* text) {
    switch (reason) {
        case 0:
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return note_fault(ErrorKind::Unavailable, "the peer ended the connection");
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_BAD_RECORD_TYPE:
            return note_fault(ErrorKind::Refused, "the peer does not speak TLS",
                              "turn TLS on for this node there, or use the port without TLS");
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return note_fault(ErrorKind::Refused, "the peer knows no TLS from version 1.2",
                              "have it updated");
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return note_fault(ErrorKind::Refused, "the peer shows no certificate",
                              "give it one, or set dicom.tls.require_client_certificate to false");
        default:
            // With an alert in its name it is what the peer says of us.
            return note_fault(ErrorKind::Refused,
                              text != nullptr ? std::string(text) : "unknown fault of TLS",
                              "where it speaks of an alert, the peer has refused: see its log");
    }
}

void note_library_fault() {
    const unsigned long code = ERR_get_error();
    note_library_fault(code == 0 ? 0 : ERR_GET_REASON(code), ERR_reason_error_string(code));
    ERR_clear_error();
}

void set_blocking(int socket, bool blocking) {
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags >= 0) ::fcntl(socket, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/// DCMTK's TLS connection with bounds: the whole handshake has one time limit, a signal is no
/// time-out, and closing never waits for the peer.
class BoundedTlsConnection final : public DcmTLSConnection {
  public:
    BoundedTlsConnection(int socket, SSL* ssl, int handshake_s)
        : DcmTLSConnection(socket, ssl), ssl_(ssl), handshake_s_(handshake_s) {}
    ~BoundedTlsConnection() override { end(); }

    OFCondition serverSideHandshake() override { return handshake(SSL_accept); }
    OFCondition clientSideHandshake() override { return handshake(SSL_connect); }

    ssize_t read(void* buffer, size_t size) override {
        const ssize_t got =
            transfer(size, [&](int bytes) { return SSL_read(ssl_, buffer, bytes); });
        acknowledge_at_once(getSocket());
        return got;
    }
    ssize_t write(void* buffer, size_t size) override {
        return transfer(size, [&](int bytes) { return SSL_write(ssl_, buffer, bytes); });
    }
    OFBool networkDataAvailable(int timeout_s) override {
        if (ssl_ == nullptr) return OFFalse;
        return SSL_pending(ssl_) > 0 || wait_for(getSocket(), POLLIN, timeout_s * 1000LL);
    }
    void close() override {
        end();
        DcmTLSConnection::close();
    }

  private:
    // The closing alert goes out if there is room for it; nothing is waited for.
    void end() {
        if (ssl_ != nullptr && getSocket() >= 0) set_blocking(getSocket(), false);
        ssl_ = nullptr;
    }

    OFCondition handshake(int (*step)(SSL*)) {
        const auto deadline = SteadyClock::now() + std::chrono::seconds(handshake_s_);
        fault_of_this_thread().reset();
        set_blocking(getSocket(), false);
        for (;;) {
            ERR_clear_error();
            const int done = step(ssl_);
            if (done == 1) break;
            const int error = SSL_get_error(ssl_, done);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
                note_failed_handshake();
                return DCMTLS_EC_OtherSSLError;
            }
            const auto left_ms =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
            if (left_ms <= 0 ||
                !wait_for(getSocket(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left_ms)) {
                note_fault(ErrorKind::Timeout, "the peer did not finish it within " +
                                                   std::to_string(handshake_s_) + " s");
                return DCMTLS_EC_OtherSSLError;
            }
        }
        set_blocking(getSocket(), true);
        return EC_Normal;
    }

    void note_failed_handshake() const {
        const long verdict = SSL_get_verify_result(ssl_);
        if (verdict != X509_V_OK)
            note_rejected_certificate(verdict);
        else
            note_library_fault();
        ERR_clear_error();
    }

    // Again and again while only a signal came between, as DCMTK does for plain sockets. With TLS
    // 1.3 a peer that refuses our certificate says so only here.
    template <class Operation>
    ssize_t transfer(size_t size, Operation operation) {
        if (ssl_ == nullptr) {
            errno = EIO;
            return -1;
        }
        const auto bytes =
            static_cast<int>(std::min(size, static_cast<size_t>(std::numeric_limits<int>::max())));
        for (;;) {
            ERR_clear_error();
            errno = 0;
            const int moved = operation(bytes);
            if (moved > 0) return moved;
            const int saved = errno;
            const int error = SSL_get_error(ssl_, moved);
            if ((error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) && saved == EINTR)
                continue;
            // A peer that just closes, without the closing alert, is none of TLS's business.
            if (error == SSL_ERROR_SSL &&
                ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
                note_library_fault();
            ERR_clear_error();
            errno = saved == EINTR ? EIO : saved;
            return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
        }
    }

    SSL* ssl_;  // the base's, which frees it
    int handshake_s_;
};

Error unusable(std::string what, const fs::path& file, const OFCondition& why) {
    ERR_clear_error();
    return {ErrorKind::Config, std::move(what) + ": " + why.text(), file.string(),
            "`iqt-node check-config` says what is wrong with each file"};
}

Status set_profile(DcmTLSTransportLayer& layer) {
    OFCondition good = layer.setTLSProfile(TSP_Profile_BCP195_ND);
    if (good.good()) good = layer.activateCipherSuites();
    if (good.bad())
        return fail(ErrorKind::Config, std::string("TLS cannot be set up: ") + good.text());
    SSL_CTX* context = layer.getNativeHandle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, kSecurityLevel);  // DCMTK sets 0
    // Every connection shows and checks certificates anew, so that a reload or a revocation counts.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    return {};
}

Status show_certificate(DcmTLSTransportLayer& layer, const TlsFiles& files, TlsSide side) {
    if (files.certificate.empty() && side == TlsSide::Sender) return {};
    layer.setPrivateKeyPasswd("");  // or OpenSSL would ask on the terminal
    OFCondition good = layer.setCertificateFile(files.certificate.c_str(), DCF_Filetype_PEM);
    if (good.bad()) return fail(unusable("cannot use the certificate", files.certificate, good));
    good = layer.setPrivateKeyFile(files.private_key.c_str(), DCF_Filetype_PEM);
    if (good.bad()) return fail(unusable("cannot use the private key", files.private_key, good));
    if (!layer.checkPrivateKeyMatchesCertificate())
        return fail(ErrorKind::Config,
                    "does not belong to the certificate " + files.certificate.string(),
                    files.private_key.string());
    return {};
}

Status trust(DcmTLSTransportLayer& layer, const TlsFiles& files, TlsSide side) {
    const auto trusted =
        files.trusted.empty() ? std::vector<fs::path>{} : trusted_files(files.trusted);
    if (trusted.empty() && (side != TlsSide::ListenerOfAnybody || !files.trusted.empty()))
        return fail(ErrorKind::Config, "no certificate file to trust", files.trusted.string(),
                    "name a PEM file, or a folder with files *.pem or *.crt");
    for (const fs::path& file : trusted)
        if (const auto good = layer.addTrustedCertificateFile(file.c_str(), DCF_Filetype_PEM);
            good.bad())
            return fail(unusable("cannot use the trusted certificates", file, good));
    if (!files.crl.empty()) {
        auto good = layer.addCertificateRevocationList(files.crl.c_str(), DCF_Filetype_PEM);
        if (good.good()) good = layer.setCRLverification(TCR_checkLeafCRL);
        if (good.bad()) return fail(unusable("cannot use the revocation list", files.crl, good));
    }
    // Whatever is in `trusted` is trusted, also a certificate that another one has signed.
    if (layer.addVerificationFlags(X509_V_FLAG_PARTIAL_CHAIN).bad())
        return fail(ErrorKind::Config, "TLS cannot be set up: no partial chains");
    layer.setCertificateVerification(side == TlsSide::ListenerOfAnybody ? DCV_checkCertificate
                                                                        : DCV_requireCertificate);
    return {};
}

}  // namespace

std::vector<fs::path> trusted_files(const fs::path& trusted) {
    std::error_code code;
    if (!fs::is_directory(trusted, code)) return {trusted};
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(trusted, code), end; !code && entry != end;
         entry.increment(code)) {
        const fs::path extension = entry->path().extension();
        if (extension == ".pem" || extension == ".crt") files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

struct TlsContext::State {
    explicit State(TlsSide side)
        : layer(side == TlsSide::Sender ? NET_REQUESTOR : NET_ACCEPTOR, nullptr, OFFalse) {}
    DcmTLSTransportLayer layer;
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files, TlsSide side) {
    auto state = std::make_unique<State>(side);
    ERR_clear_error();
    if (!state->layer)
        return fail(ErrorKind::Config, "TLS cannot be set up: OpenSSL has no context");
    if (auto good = set_profile(state->layer); !good) return fail(good.error());
    if (auto good = show_certificate(state->layer, files, side); !good) return fail(good.error());
    if (auto good = trust(state->layer, files, side); !good) return fail(good.error());
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

DcmTransportConnection* TlsContext::connect(int socket, int handshake_s) const {
    SSL* ssl = SSL_new(state_->layer.getNativeHandle());
    if (ssl == nullptr || SSL_set_fd(ssl, socket) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return nullptr;
    }
    return new BoundedTlsConnection(socket, ssl, handshake_s);
}

std::optional<Error> take_tls_fault() {
    return std::exchange(fault_of_this_thread(), std::nullopt);
}

}  // namespace iqt::dicom::net
