// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "config/rules.hpp"

namespace iqt::config {

/// Visitor of schema.hpp that makes one JSON object; absent optional values are left out.
class Writer {
  public:
    using Json = nlohmann::ordered_json;
    using Texts = std::vector<std::string>;

    void text(const char* key, const std::string& value, Rule) { json[key] = value; }
    void one_of(const char* key, const std::string& value, std::initializer_list<const char*>) {
        json[key] = value;
    }
    void texts(const char* key, const Texts& value, std::initializer_list<const char*>) {
        json[key] = value;
    }
    void texts_by(const char* key, const Texts& value, Rule) { json[key] = value; }
    void one_or_many(const char* key, const Texts& value, Rule) { json[key] = value; }
    void optional_text(const char* key, const std::optional<std::string>& value, Rule) {
        if (value) json[key] = *value;
    }
    void optional_texts(const char* key, const std::optional<Texts>& value) {
        if (value) json[key] = *value;
    }
    void flag(const char* key, const bool& value) { json[key] = value; }
    void range(const char* key, const std::optional<Interval>& value) {
        if (value) json[key] = {value->min, value->max};
    }
    void optional_number(const char* key, const std::optional<int>& value, std::int64_t,
                         std::int64_t) {
        if (value) json[key] = *value;
    }
    void number(const char* key, std::int64_t value, std::int64_t, std::int64_t) {
        json[key] = value;
    }
    template <class S>
    void section(const char* key, S& value) {
        json[key] = written(value);
    }
    template <class S>
    void list(const char* key, std::vector<S>& value) {
        json[key] = Json::array();
        for (S& element : value) json[key].push_back(written(element));
    }
    template <class S>
    void map(const char* key, std::map<std::string, S>& value, Rule) {
        json[key] = Json::object();
        for (auto& [name, element] : value) json[key][name] = written(element);
    }

    Json json = Json::object();

  private:
    template <class S>
    static Json written(S& value) {
        Writer inner;
        describe(inner, value);
        return inner.json;
    }
};

/// Visitor of schema.hpp that lists all keys, those of list and map elements included.
class KeyLister {
  public:
    template <class... Ignored>
    void text(const char* key, Ignored&&...) {
        add(key);
    }
    void one_of(const char* key, std::string&, std::initializer_list<const char*>) { add(key); }
    void texts(const char* key, std::vector<std::string>&, std::initializer_list<const char*>) {
        add(key);
    }
    template <class... Ignored>
    void texts_by(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void one_or_many(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void optional_text(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void optional_texts(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void flag(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void range(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void optional_number(const char* key, Ignored&&...) {
        add(key);
    }
    template <class... Ignored>
    void number(const char* key, Ignored&&...) {
        add(key);
    }
    template <class S>
    void section(const char* key, S& value) {
        descend(key, value);
    }
    template <class S>
    void list(const char* key, std::vector<S>&) {
        S element;
        descend(key, element);
    }
    template <class S>
    void map(const char* key, std::map<std::string, S>&, Rule) {
        S element;
        descend(key, element);
    }

    std::vector<std::string> keys;

  private:
    void add(const std::string& key) { keys.push_back(prefix_ + key); }
    template <class S>
    void descend(const char* key, S& value) {
        add(key);
        const std::string outer = prefix_;
        prefix_ += std::string(key) + ".";
        describe(*this, value);
        prefix_ = outer;
    }

    std::string prefix_;
};

}  // namespace iqt::config
