// SPDX-License-Identifier: Apache-2.0
#include "config/reader.hpp"

#include <algorithm>

namespace iqt::config {
namespace {

std::string listed(std::initializer_list<const char*> names) {
    std::string text;
    for (const char* name : names)
        text += (text.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    return text;
}

bool is_in(const std::string& text, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return text == name; });
}

}  // namespace

const Json* Reader::find(const char* key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
}

bool Reader::expect(bool fine, const std::string& pointer, std::string sentence) {
    if (!fine) problems_.push_back({pointer, std::move(sentence)});
    return fine;
}

void Reader::check_rule(Rule rule, const std::string& text, const std::string& pointer) {
    if (auto wrong = check(rule, text)) problems_.push_back({pointer, *std::move(wrong)});
}

void Reader::text(const char* key, std::string& value, Rule rule) {
    const Json* json = find(key);
    if (json == nullptr) {
        // A list element has no default for a key that must not be empty.
        if (value.empty()) check_rule(rule, value, at(key));
        return;
    }
    if (!expect(json->is_string(), at(key), "must be a text in quotation marks")) return;
    value = json->get<std::string>();
    check_rule(rule, value, at(key));
}

void Reader::optional_text(const char* key, std::optional<std::string>& value, Rule rule) {
    const Json* json = find(key);
    if (json == nullptr) return;
    if (!expect(json->is_string(), at(key), "must be a text in quotation marks")) return;
    value = json->get<std::string>();
    check_rule(rule, *value, at(key));
}

void Reader::one_of(const char* key, std::string& value,
                    std::initializer_list<const char*> allowed) {
    text(key, value, Rule::Any);
    expect(is_in(value, allowed), at(key), "must be one of " + listed(allowed));
}

std::optional<std::vector<std::string>> Reader::string_list(const char* key) {
    const Json* json = find(key);
    if (json == nullptr) return std::nullopt;
    const bool fine = json->is_array() && std::all_of(json->begin(), json->end(),
                                                      [](const Json& e) { return e.is_string(); });
    if (!expect(fine, at(key), "must be a list of texts [\"...\"]")) return std::nullopt;
    return json->get<std::vector<std::string>>();
}

void Reader::texts(const char* key, std::vector<std::string>& value,
                   std::initializer_list<const char*> allowed) {
    if (auto read = string_list(key)) value = *std::move(read);
    for (std::size_t index = 0; index < value.size(); ++index)
        expect(is_in(value[index], allowed), at(key) + "/" + std::to_string(index),
               "must be one of " + listed(allowed));
}

void Reader::texts_by(const char* key, std::vector<std::string>& value, Rule rule) {
    if (auto read = string_list(key)) value = *std::move(read);
    expect(!value.empty(), at(key), "must name at least one");
    for (std::size_t index = 0; index < value.size(); ++index)
        check_rule(rule, value[index], at(key) + "/" + std::to_string(index));
}

void Reader::one_or_many(const char* key, std::vector<std::string>& value, Rule rule) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_string()) {
        known_.emplace_back(key);
        value = {found->get<std::string>()};
        check_rule(rule, value.front(), at(key));
        return;
    }
    if (auto read = string_list(key)) value = *std::move(read);
    for (std::size_t index = 0; index < value.size(); ++index)
        check_rule(rule, value[index], at(key) + "/" + std::to_string(index));
}

void Reader::optional_texts(const char* key, std::optional<std::vector<std::string>>& value) {
    if (auto read = string_list(key)) value = std::move(read);
}

void Reader::flag(const char* key, bool& value) {
    const Json* json = find(key);
    if (json == nullptr || !expect(json->is_boolean(), at(key), "must be true or false")) return;
    value = json->get<bool>();
}

void Reader::range(const char* key, std::optional<Interval>& value) {
    const Json* json = find(key);
    if (json == nullptr) return;
    const bool fine = json->is_array() && json->size() == 2 && (*json)[0].is_number() &&
                      (*json)[1].is_number() && (*json)[0] <= (*json)[1];
    if (!expect(fine, at(key), "must be two numbers [smallest, largest]")) return;
    value = Interval{(*json)[0].get<double>(), (*json)[1].get<double>()};
}

std::optional<std::int64_t> Reader::integer(const char* key, std::int64_t min, std::int64_t max) {
    const Json* json = find(key);
    if (json == nullptr) return std::nullopt;
    const std::string range =
        "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    if (!expect(json->is_number_integer(), at(key), range)) return std::nullopt;
    // Unsigned values above the signed range would wrap on conversion.
    if (json->is_number_unsigned() &&
        json->get<std::uint64_t>() > static_cast<std::uint64_t>(max)) {
        expect(false, at(key), range);
        return std::nullopt;
    }
    const auto value = json->get<std::int64_t>();
    if (!expect(value >= min && value <= max, at(key), range)) return std::nullopt;
    return value;
}

void Reader::optional_number(const char* key, std::optional<int>& value, std::int64_t min,
                             std::int64_t max) {
    if (const auto read = integer(key, min, max)) value = static_cast<int>(*read);
}

void Reader::finish() {
    for (const auto& [key, value] : object_.items()) {
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
        const auto near = nearest(key, known_);
        problems_.push_back({at(key), near ? "unknown key; did you mean \"" + *near + "\"?"
                                           : std::string("unknown key; remove it")});
    }
}

std::string Reader::escaped(const std::string& key) {
    std::string text;
    for (const char c : key) {
        if (c == '~')
            text += "~0";
        else if (c == '/')
            text += "~1";
        else
            text += c;
    }
    return text;
}

}  // namespace iqt::config
