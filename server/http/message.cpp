// SPDX-License-Identifier: Apache-2.0
#include "server/http/message.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace iqt::server::http {
namespace {

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const char* first = text.data() + i + 1;
        const auto [end, error] = std::from_chars(first, first + 2, value, 16);
        if (error != std::errc{} || end != first + 2 || value == 0) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

// Calls `take` with each piece between separators.
template <class F>
bool for_each_piece(std::string_view text, char separator, F&& take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (!take(text.substr(0, end))) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

}  // namespace

Target parse_target(const std::string& target) {
    Target parsed;
    const std::string_view whole = target;
    const std::size_t question = std::min(whole.find('?'), whole.size());
    const std::string_view path = whole.substr(0, question);
    if (!path.starts_with('/')) return parsed;
    const bool path_fine = for_each_piece(path.substr(1), '/', [&](std::string_view piece) {
        auto segment = decoded(piece);
        if (segment) parsed.path.push_back(*std::move(segment));
        return segment.has_value();
    });
    const auto query = whole.substr(std::min(question + 1, whole.size()));
    parsed.valid = path_fine && for_each_piece(query, '&', [&](std::string_view piece) {
                       const std::size_t equals = std::min(piece.find('='), piece.size());
                       auto key = decoded(piece.substr(0, equals));
                       auto value = decoded(piece.substr(std::min(equals + 1, piece.size())));
                       if (!key || !value) return false;
                       parsed.query[*std::move(key)] = *std::move(value);
                       return true;
                   });
    return parsed;
}

}  // namespace iqt::server::http
