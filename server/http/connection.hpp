// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "server/http/asio.hpp"
#include "server/http/listener.hpp"

namespace iqt::server::http {

/// One connection: reads a request, answers it, goes on while both sides keep it alive. Lives as
/// long as an operation of it is under way. Event-loop thread only.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(boost::asio::ip::tcp::socket socket, const ListenerOptions& options,
               const Handler& handler, std::function<void()> on_end);
    ~Connection() { on_end_(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start() { read(); }

  private:
    enum class After { KeepAlive, Close };
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    void read();
    void on_read(boost::beast::error_code code);
    void answer();
    void send(Response response, unsigned version, After after);
    void close();
    void drain();

    boost::beast::tcp_stream stream_;
    const ListenerOptions& options_;
    const Handler& handler_;
    std::function<void()> on_end_;
    boost::beast::flat_buffer buffer_;
    std::unique_ptr<Parser> parser_;
    std::array<char, 4096> rest_{};  ///< what comes after the last answer; not looked at
    int drains_left_ = 64;
};

}  // namespace iqt::server::http
