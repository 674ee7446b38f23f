// SPDX-License-Identifier: Apache-2.0
#include "models/safetensors.hpp"

#include <cstring>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "tests/fakes/temp_folder.hpp"

namespace iqt::models {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, Tensor>;

Tensors example() {
    return {{"trunk.weight", {{2, 3}, {1, -2, 3.5F, 0, 5, 6}}},
            {"bias", {{2}, {0.25F, -8}}},
            {"scale", {{}, {7}}},
            {"empty", {{0, 4}, {}}}};
}

/// A file of our own making: header length, header, data.
fs::path craft(const fs::path& folder, const std::string& header, const std::string& data,
               std::int64_t length_error = 0) {
    const fs::path file = folder / "crafted.safetensors";
    std::ofstream stream(file, std::ios::binary);
    const auto length =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(header.size()) + length_error);
    stream.write(reinterpret_cast<const char*>(&length), 8);
    stream << header << data;
    return file;
}

TEST(Safetensors, WhatIsWrittenIsReadBack) {
    const fakes::TempFolder folder;
    const fs::path file = folder.path() / "a.safetensors";
    ASSERT_TRUE(write_safetensors(file, example()));
    const auto back = read_safetensors(file);
    ASSERT_TRUE(back) << to_string(back.error());
    ASSERT_EQ(back->size(), 4U);
    for (const auto& [name, tensor] : example()) {
        EXPECT_EQ(back->at(name).shape, tensor.shape) << name;
        EXPECT_EQ(back->at(name).values, tensor.values) << name;
    }
}

TEST(Safetensors, ReadsWhatTheFormatAllowsBesides) {
    const fakes::TempFolder folder;
    const auto read = read_safetensors(craft(
        folder.path(),
        R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
        R"("a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}   )",
        std::string("\0\0\x80\x3f\0\0\0\x40", 8)));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->at("a").values, std::vector<float>{1});
    EXPECT_EQ(read->at("b").values, std::vector<float>{2});
}

TEST(Safetensors, HostileFilesAreErrors) {
    const fakes::TempFolder folder;
    const std::string four("\0\0\x80\x3f", 4);
    const auto entry = [](const std::string& shape, const std::string& offsets) {
        return R"({"a":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    };
    struct Case {
        const char* name;
        std::string header, data;
        std::int64_t length_error = 0;
    };
    const std::vector<Case> cases{
        {"header longer than the file", entry("[1]", "[0,4]"), four, 1000},
        {"header length near 2^64", entry("[1]", "[0,4]"), four, -1000},
        {"header cut short", entry("[1]", "[0,4]"), four, -3},
        {"no JSON", "weights", four},
        {"a list", "[1,2]", ""},
        {"end beyond the file", entry("[2]", "[0,8]"), four},
        {"end before begin", entry("[1]", "[4,0]"), four},
        {"negative offset", entry("[1]", "[-4,0]"), four},
        {"offset as text", entry("[1]", R"(["0","4"])"), four},
        {"shape that does not fit", entry("[2]", "[0,4]"), four},
        {"negative shape", entry("[-1]", "[0,4]"), four},
        {"shape that overflows", entry("[4294967296,4294967296,4]", "[0,4]"), four},
        {"shape that wraps to one value", entry("[1073741824,4294967297]", "[0,4]"), four},
        {"bytes of no tensor", entry("[1]", "[0,4]"), four + four},
        {"a gap before the tensor", entry("[1]", "[4,8]"), four + four},
        {"overlapping tensors",
         R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
         R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
         four},
        {"not a number", entry("[1]", "[0,4]"), std::string("\0\0\xc0\x7f", 4)},
        {"tensor without a description", R"({"a":3})", ""},
        {"deep nesting", std::string(20000, '['), ""},
    };
    for (const Case& c : cases) {
        const auto read = read_safetensors(craft(folder.path(), c.header, c.data, c.length_error));
        ASSERT_FALSE(read) << c.name;
        EXPECT_EQ(read.error().kind, ErrorKind::InvalidInput) << c.name;
    }
}

TEST(Safetensors, EveryCutOfAFileIsAnError) {
    const fakes::TempFolder folder;
    const fs::path whole = folder.path() / "a.safetensors";
    ASSERT_TRUE(write_safetensors(whole, example()));
    std::ifstream stream(whole, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const fs::path cut = folder.path() / "cut.safetensors";
        std::ofstream(cut, std::ios::binary) << bytes.substr(0, size);
        EXPECT_FALSE(read_safetensors(cut)) << size;
    }
}

TEST(Safetensors, OtherTypesAndMissingFilesAreNamed) {
    const fakes::TempFolder folder;
    const auto half = read_safetensors(
        craft(folder.path(), R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", "abcd"));
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().kind, ErrorKind::NotSupported);
    EXPECT_EQ(read_safetensors(folder.path() / "none").error().kind, ErrorKind::NotFound);
}

TEST(Safetensors, AShapeThatDoesNotFitIsNotWritten) {
    const fakes::TempFolder folder;
    const auto done = write_safetensors(folder.path() / "a", {{"a", {{3}, {1, 2}}}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::Mismatch);
}

}  // namespace
}  // namespace iqt::models
