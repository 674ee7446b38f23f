// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "server/http/asio.hpp"

namespace iqt::server {

/// Sends bytes to a port of 127.0.0.1 as they are and reads what comes until the peer closes.
inline std::string exchange_raw(int port, const std::string& bytes) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(port)});
    boost::system::error_code code;
    boost::asio::write(socket, boost::asio::buffer(bytes), code);
    std::string answer;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), code);
    return answer;
}

struct Answer {
    int status = 0;
    std::string body, allow, content_type;
};

/// One well-formed request on a connection of its own.
inline Answer ask(int port, const std::string& method, const std::string& target,
                  const std::string& more_header = "") {
    const std::string text = exchange_raw(
        port, method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                  "\r\n" + more_header + "Connection: close\r\n\r\n");
    Answer answer;
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.skip(method == "HEAD");
    boost::system::error_code code;
    std::string rest = text;
    while (!rest.empty() && !parser.is_done() && !code)
        rest.erase(0, parser.put(boost::asio::buffer(rest), code));
    if (!parser.is_header_done()) return answer;
    answer.status = static_cast<int>(parser.get().result_int());
    answer.body = parser.get().body();
    answer.allow = std::string(parser.get()[boost::beast::http::field::allow]);
    answer.content_type = std::string(parser.get()[boost::beast::http::field::content_type]);
    return answer;
}

}  // namespace iqt::server
