// SPDX-License-Identifier: Apache-2.0
#include "server/http/connection.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace iqt::server::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr int kDrainS = 2;

Response plain_error(int status, const char* kind, const char* what) {
    return {status,
            "application/json",
            std::string(R"({"error":")") + kind + R"(","what":")" + what + "\"}\n",
            {}};
}

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, const ListenerOptions& options,
                       const Handler& handler, std::function<void()> on_end)
    : stream_(std::move(socket)),
      options_(options),
      handler_(handler),
      on_end_(std::move(on_end)),
      buffer_(options.header_bytes_max + 4096) {}

void Connection::read() {
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(options_.header_bytes_max);
    parser_->body_limit(options_.body_bytes_max);
    stream_.expires_after(std::chrono::seconds(options_.timeout_s));
    bhttp::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code code, std::size_t) { self->on_read(code); });
}

void Connection::on_read(beast::error_code code) {
    if (!code) return answer();
    if (code == bhttp::error::body_limit)
        return send(plain_error(413, "too_large", "the body is larger than is taken here"), 11,
                    After::Close);
    if (code == bhttp::error::header_limit || code == bhttp::error::buffer_overflow)
        return send(plain_error(431, "too_large", "the header is larger than is taken here"), 11,
                    After::Close);
    if (code == bhttp::error::end_of_stream || code == bhttp::error::partial_message ||
        code.category() != bhttp::make_error_code(bhttp::error::bad_method).category())
        return close();  // gone, timed out, or reset: nobody to tell
    send(plain_error(400, "invalid_input", "this is not an HTTP/1.1 request"), 11, After::Close);
}

void Connection::answer() {
    const auto& message = parser_->get();
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.host = std::string(message[bhttp::field::host]);
    request.origin = std::string(message[bhttp::field::origin]);
    request.body = message.body();
    const After after = message.keep_alive() ? After::KeepAlive : After::Close;
    send(handler_(request), message.version(), after);
}

void Connection::send(Response response, unsigned version, After after) {
    const bool head = parser_->is_header_done() && parser_->get().method() == bhttp::verb::head;
    auto message = std::make_shared<bhttp::response<bhttp::string_body>>(
        static_cast<bhttp::status>(response.status), version);
    message->set(bhttp::field::server, "iqt-node");
    message->set(bhttp::field::content_type, response.content_type);
    message->set(bhttp::field::cache_control, "no-store");
    message->set("X-Content-Type-Options", "nosniff");
    if (!response.allow.empty()) message->set(bhttp::field::allow, response.allow);
    message->keep_alive(after == After::KeepAlive);
    message->body() = std::move(response.body);
    message->prepare_payload();
    if (head) {  // the length of what GET would bring, without bringing it
        const auto length = message->body().size();
        message->body().clear();
        message->content_length(length);
    }
    stream_.expires_after(std::chrono::seconds(options_.timeout_s));
    auto done = [self = shared_from_this(), message, after](beast::error_code code, std::size_t) {
        if (code || after == After::Close) return self->close();
        self->read();
    };
    if (!head) {
        bhttp::async_write(stream_, *message, std::move(done));
        return;
    }
    auto serializer = std::make_shared<bhttp::response_serializer<bhttp::string_body>>(*message);
    bhttp::async_write_header(stream_, *serializer,
                              [serializer, done](beast::error_code code,
                                                 std::size_t bytes) mutable { done(code, bytes); });
}

void Connection::close() {
    beast::error_code ignored;  // the peer may be gone already
    stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    if (!ignored) drain();
}

// A socket closed with unread bytes resets the connection, and a reset can overtake the answer:
// so a little more is read, until the peer has seen the end too.
void Connection::drain() {
    if (drains_left_-- == 0) return;
    stream_.expires_after(std::chrono::seconds(kDrainS));
    stream_.async_read_some(boost::asio::buffer(rest_),
                            [self = shared_from_this()](beast::error_code code, std::size_t) {
                                if (!code) self->drain();
                            });
}

}  // namespace iqt::server::http
