// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace iqt::server::http {

struct Request {
    std::string method;        ///< upper case, "GET"
    std::string target;        ///< as it came: path and query
    std::string host, origin;  ///< header fields; empty where absent
    std::string body;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string allow;  ///< methods, for 405
};

/// Answers one request. Called from the HTTP thread only, so it must be quick.
using Handler = std::function<Response(const Request&)>;

/// A request target taken apart.
struct Target {
    std::vector<std::string> path;             ///< segments, percent-decoded; "/" has none
    std::map<std::string, std::string> query;  ///< decoded; the last of equal keys counts
    bool valid = false;                        ///< an absolute path with sound escapes
};
Target parse_target(const std::string& target);

}  // namespace iqt::server::http
