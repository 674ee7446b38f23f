// SPDX-License-Identifier: Apache-2.0
#pragma once

// Boost 1.74's awaitable.hpp uses std::exchange without including <utility>, which C++20 headers
// no longer bring along. Every use of Asio and Beast goes through this header.
#include <utility>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
