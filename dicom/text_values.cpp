// SPDX-License-Identifier: Apache-2.0
#include "dicom/text_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace iqt::dicom {
namespace {

constexpr std::size_t kDecimalStringMax = 16;
constexpr std::size_t kLongStringMax = 64;
constexpr char kEscape = '\x1b';

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Length of the UTF-8 character that a byte starts; 0 where it starts none.
std::size_t utf8_length(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    if (byte < 0x80U) return 1;
    if ((byte & 0xE0U) == 0xC0U) return 2;
    if ((byte & 0xF0U) == 0xE0U) return 3;
    return (byte & 0xF8U) == 0xF0U ? 4 : 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text.front());
        if (length == 0 || length > text.size()) return false;
        for (std::size_t n = 1; n < length; ++n)
            if (!is_continuation(text[n])) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Whether any byte boundary may lie within a character, or within a shifted state.
bool is_multi_byte(std::string_view text, std::string_view character_set) {
    return text.find(kEscape) != std::string_view::npos ||
           character_set.find("GB18030") != std::string_view::npos ||
           character_set.find("GBK") != std::string_view::npos ||
           character_set.find("ISO 2022 IR 58") != std::string_view::npos ||
           character_set.find("ISO 2022 IR 149") != std::string_view::npos;
}

/// Whether the last escape that designates G0 designates ASCII or JIS X 0201 romaji.
bool ends_in_ascii(std::string_view text) {
    bool ascii = true;
    for (std::size_t at = text.find(kEscape); at != std::string_view::npos;
         at = text.find(kEscape, at + 1)) {
        const std::string_view rest = text.substr(at + 1, 2);
        if (rest.size() < 2) return false;
        if (rest[0] == '(') ascii = rest[1] == 'B' || rest[1] == 'J';
        if (rest == "$B" || rest == "$@" || rest == "$(") ascii = false;
    }
    return ascii;
}

std::string_view without_padding(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    return text;
}

std::string cut_between_characters(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    std::size_t length = bytes_max;
    if (is_utf8(text))
        while (length > 0 && is_continuation(text[length])) --length;
    return std::string(without_padding(text.substr(0, length)));
}

}  // namespace

std::string decimal_string(double value) {
    if (std::abs(value) < 1e-10) return "0";
    std::array<char, 40> text{};
    for (int digits = 15; digits > 0; --digits) {
        const auto written = std::to_chars(text.data(), text.data() + text.size(), value,
                                           std::chars_format::general, digits);
        const auto length = static_cast<std::size_t>(written.ptr - text.data());
        if (length <= kDecimalStringMax) return {text.data(), length};
    }
    return "0";
}

std::string ascii_value(std::string_view text, std::size_t bytes_max) {
    std::string result(text.substr(0, bytes_max));
    for (char& byte : result) {
        const auto code = static_cast<unsigned char>(byte);
        if (code < 0x20U)
            byte = ' ';
        else if (code > 0x7EU)
            byte = '?';
        else if (byte == '\\')
            byte = '/';
    }
    return std::string(without_padding(result));
}

std::string series_description(const DescriptionParts& parts) {
    const std::size_t room = kLongStringMax - parts.prefix.size() - parts.suffix.size();
    const std::string_view source = without_padding(parts.source);
    const bool whole_only = is_multi_byte(source, parts.character_set);
    std::string middle;
    if (!whole_only) {
        middle = cut_between_characters(source, room);
        // In sets without escapes 0x5C is always the value separator, which LO of VM 1 forbids.
        std::replace(middle.begin(), middle.end(), '\\', '/');
    } else if (source.size() <= room && ends_in_ascii(source)) {
        middle = source;
    }
    if (middle.empty()) middle = ascii_value(parts.fallback, room);
    std::string result(parts.prefix);
    result += middle;
    result += parts.suffix;
    return std::string(without_padding(result));
}

std::optional<int> offset_minutes(std::string_view offset) {
    offset = without_padding(offset);
    if (offset.size() != 5 || (offset[0] != '+' && offset[0] != '-')) return std::nullopt;
    int digits = 0;
    const auto parsed = std::from_chars(offset.data() + 1, offset.data() + 5, digits);
    if (parsed.ec != std::errc{} || parsed.ptr != offset.data() + 5) return std::nullopt;
    const int minutes = digits / 100 * 60 + digits % 100;
    if (digits < 0 || digits % 100 > 59) return std::nullopt;
    const int east = offset[0] == '-' ? -minutes : minutes;
    if (east < -12 * 60 || east > 14 * 60 || offset == "-0000") return std::nullopt;
    return east;
}

LocalTime local_time(std::int64_t utc_ms, int offset_min) {
    using namespace std::chrono;
    const sys_time<milliseconds> local{milliseconds{utc_ms} + minutes{offset_min}};
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss clock{local - day};
    std::array<char, 64> text{};
    LocalTime result;
    std::snprintf(text.data(), text.size(), "%04d%02u%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    result.date = text.data();
    std::snprintf(
        text.data(), text.size(), "%02d%02d%02d.%03d", static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    result.time = text.data();
    std::snprintf(text.data(), text.size(), "%c%02d%02d", offset_min < 0 ? '-' : '+',
                  std::abs(offset_min) / 60, std::abs(offset_min) % 60);
    result.date_time = result.date + result.time + text.data();
    return result;
}

}  // namespace iqt::dicom
