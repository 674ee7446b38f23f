// SPDX-License-Identifier: Apache-2.0
#include "server/route_match.hpp"

#include <algorithm>
#include <charconv>
#include <regex>
#include <utility>

#include "dicom/instance_header.hpp"

namespace iqt::server {
namespace {

// The standard library's matcher recurses per character: what a regex is tried on has an end.
constexpr std::size_t kRegexBytesMax = 1024;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
}

bool in_range(const config::Interval& range, std::string_view value) {
    while (true) {
        const std::size_t end = value.find('\\');
        std::string_view one = trimmed(value.substr(0, end));
        if (one.starts_with('+')) one.remove_prefix(1);  // legal in DS and IS, not for from_chars
        double number = 0;
        const auto [rest, error] = std::from_chars(one.data(), one.data() + one.size(), number);
        const bool is_number = error == std::errc{} && rest == one.data() + one.size();
        if (!is_number || !(number >= range.min && number <= range.max)) return false;
        if (end == std::string_view::npos) return true;
        value.remove_prefix(end + 1);
    }
}

bool found(const std::string& pattern, std::string_view value) {
    const std::string_view head = value.substr(0, kRegexBytesMax);
    return std::regex_search(head.begin(), head.end(), std::regex(pattern));
}

bool same_ae(const std::optional<std::string>& wanted, std::string_view title) {
    return !wanted || trimmed(title) == *wanted;
}

}  // namespace

bool fulfils(const config::TagTest& test, std::string_view value) {
    const std::string_view text = trimmed(value);
    if (test.equals && text != *test.equals) return false;
    if (test.prefix && !text.starts_with(*test.prefix)) return false;
    if (test.regex && !found(*test.regex, text)) return false;
    return !test.range || in_range(*test.range, text);
}

bool matches(const config::Match& match, const SourceSeries& series) {
    if (!same_ae(match.calling_ae_title, series.calling_ae)) return false;
    if (!same_ae(match.called_ae_title, series.called_ae)) return false;
    return std::all_of(match.tags.begin(), match.tags.end(), [&](const auto& entry) {
        if (series.header == nullptr) return false;
        const auto value = series.header->value(entry.first);
        return value && fulfils(entry.second, *value);
    });
}

const config::Route* first_match(const std::vector<config::Route>& routes,
                                 const SourceSeries& series) {
    const auto route = std::find_if(routes.begin(), routes.end(), [&](const config::Route& r) {
        return matches(r.match, series);
    });
    return route == routes.end() ? nullptr : &*route;
}

Priority first_priority(const std::vector<config::Route>& routes, const ReceivedInstance& about,
                        const ObjectBytes& object) {
    const bool all_normal = std::all_of(routes.begin(), routes.end(), [](const config::Route& r) {
        return r.priority == to_string(Priority::Normal);
    });
    if (all_normal) return Priority::Normal;
    SourceSeries series;
    series.calling_ae = about.calling_ae;
    series.called_ae = about.called_ae;
    auto header = dicom::read_source_header(object);
    if (header) series.header = std::move(*header);
    const config::Route* route = first_match(routes, series);
    if (route == nullptr) return Priority::Normal;
    for (const Priority priority : {Priority::Urgent, Priority::Low})
        if (route->priority == to_string(priority)) return priority;
    return Priority::Normal;
}

}  // namespace iqt::server
