// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/load.hpp"
#include "config/rules.hpp"

namespace iqt::config {

using Json = nlohmann::ordered_json;

/// Visitor of schema.hpp that takes the values of one JSON object and notes every problem in it.
class Reader {
  public:
    Reader(const Json& object, std::string pointer, std::vector<Problem>& problems)
        : object_(object), pointer_(std::move(pointer)), problems_(problems) {}

    void text(const char* key, std::string& value, Rule rule);
    void one_of(const char* key, std::string& value, std::initializer_list<const char*> allowed);
    void texts(const char* key, std::vector<std::string>& value,
               std::initializer_list<const char*> allowed);
    void texts_by(const char* key, std::vector<std::string>& value, Rule rule);
    void one_or_many(const char* key, std::vector<std::string>& value, Rule rule);
    void optional_text(const char* key, std::optional<std::string>& value, Rule rule);
    void optional_texts(const char* key, std::optional<std::vector<std::string>>& value);
    void flag(const char* key, bool& value);
    void range(const char* key, std::optional<Interval>& value);
    void optional_number(const char* key, std::optional<int>& value, std::int64_t min,
                         std::int64_t max);

    template <std::integral N>
    void number(const char* key, N& value, std::int64_t min, std::int64_t max) {
        if (const auto read = integer(key, min, max)) value = static_cast<N>(*read);
    }

    template <class S>
    void section(const char* key, S& value) {
        if (const Json* json = find(key)) read_into(*json, at(key), value);
    }

    template <class S>
    void list(const char* key, std::vector<S>& value) {
        const Json* json = find(key);
        if (json == nullptr || !expect(json->is_array(), at(key), "must be a list [...]")) return;
        value.clear();
        for (std::size_t index = 0; index < json->size(); ++index)
            read_into((*json)[index], at(key) + "/" + std::to_string(index), value.emplace_back());
    }

    template <class S>
    void map(const char* key, std::map<std::string, S>& value, Rule key_rule) {
        const Json* json = find(key);
        if (json == nullptr || !expect(json->is_object(), at(key), "must be an object {...}"))
            return;
        value.clear();
        for (const auto& [name, element] : json->items()) {
            const std::string where = at(key) + "/" + escaped(name);
            check_rule(key_rule, name, where);
            read_into(element, where, value[name]);
        }
    }

    /// To be called last: every key that no call above has asked for is unknown.
    void finish();

    static std::string escaped(const std::string& key);  ///< for a JSON pointer, RFC 6901

  private:
    template <class S>
    void read_into(const Json& json, const std::string& pointer, S& value);

    const Json* find(const char* key);
    std::string at(const std::string& key) const { return pointer_ + "/" + escaped(key); }
    bool expect(bool fine, const std::string& pointer, std::string sentence);
    void check_rule(Rule rule, const std::string& text, const std::string& pointer);
    std::optional<std::int64_t> integer(const char* key, std::int64_t min, std::int64_t max);
    std::optional<std::vector<std::string>> string_list(const char* key);

    const Json& object_;
    std::string pointer_;
    std::vector<Problem>& problems_;
    std::vector<std::string> known_;
};

}  // namespace iqt::config
