// SPDX-License-Identifier: Apache-2.0
#include "pipeline/digest/digest.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace iqt::digest {
namespace {

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4 examples
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
    const std::string text = "abc";
    EXPECT_EQ(Sha256().add("a").add("bc").hex(), sha256_hex("abc"));
    EXPECT_EQ(Sha256().add(std::as_bytes(std::span(text))).hex(), sha256_hex("abc"));
    Sha256 first;
    first.add("ab");
    Sha256 moved = std::move(first);
    EXPECT_EQ(moved.add("c").hex(), sha256_hex("abc"));
}

TEST(Sha256, FieldsThatOnlyDifferInTheirBordersDiffer) {
    EXPECT_NE(Sha256().add_field("ab").add_field("c").hex(),
              Sha256().add_field("a").add_field("bc").hex());
    EXPECT_NE(Sha256().add_field("").add_field("a").hex(),
              Sha256().add_field("a").add_field("").hex());
    EXPECT_NE(Sha256().add_field("1:").hex(), Sha256().add_field("").add_field("").hex());
}

RC_GTEST_PROP(Sha256, DifferentFieldListsHaveDifferentDigests,
              (const std::vector<std::string>& a, const std::vector<std::string>& b)) {
    const auto digest = [](const std::vector<std::string>& fields) {
        Sha256 sum;
        for (const std::string& field : fields) sum.add_field(field);
        return sum.hex();
    };
    RC_ASSERT((digest(a) == digest(b)) == (a == b));
}

TEST(LeadingBits, AreTheFirstSixteenDigits) {
    EXPECT_EQ(leading_bits("00000000000000ff99"), 255U);
    EXPECT_EQ(leading_bits(sha256_hex("abc")), 0xba7816bf8f01cfeaU);
}

/// The 16 bytes of a decimal number, most significant first.
std::vector<unsigned> bytes_of(std::string_view decimal) {
    std::vector<unsigned> bytes(16, 0);
    for (const char digit : decimal) {
        auto carry = static_cast<unsigned>(digit - '0');
        for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
            carry += *byte * 10;
            *byte = carry & 0xffU;
            carry >>= 8U;
        }
        EXPECT_EQ(carry, 0U) << "more than 128 bits";
    }
    return bytes;
}

void expect_uuid_uid(const std::string& uid) {
    ASSERT_TRUE(uid.starts_with("2.25.")) << uid;
    EXPECT_LE(uid.size(), 44U) << "PS3.5 9.1 allows 64, PS3.5 B.2 needs at most 44";
    const std::string number = uid.substr(5);
    ASSERT_FALSE(number.empty());
    EXPECT_TRUE(std::all_of(number.begin(), number.end(), [](char c) {
        return c >= '0' && c <= '9';
    })) << uid;
    EXPECT_TRUE(number == "0" || number[0] != '0') << "no leading zero, PS3.5 9.1: " << uid;
    const std::vector<unsigned> bytes = bytes_of(number);
    EXPECT_EQ(bytes[6] >> 4U, 5U) << "version 5, RFC 4122 4.1.3";
    EXPECT_EQ(bytes[8] >> 6U, 2U) << "variant, RFC 4122 4.1.1";
}

TEST(UidFromName, IsAVersion5UuidInDecimal) {
    for (const std::string& name :
         {std::string(), std::string("series"), std::string(100000, 'x'), std::string("\0\xff", 2)})
        expect_uuid_uid(uid_from_name(name));
}

TEST(UidFromName, NeverChangesBetweenReleases) {
    // Calculated once by uuid.uuid5 of Python for this project's namespace. If this fails, results
    // of installed nodes get other UIDs and are stored twice.
    EXPECT_EQ(uid_from_name("a"), "2.25.94667494227510509773884869853788771391");
    EXPECT_EQ(uid_from_name("enhanced|1.2.3"), "2.25.188101500626183711272735027067587700032");
}

TEST(UidFromName, ThousandNamesGiveThousandUids) {
    std::set<std::string> uids;
    for (int n = 0; n < 1000; ++n) uids.insert(uid_from_name("series/" + std::to_string(n)));
    EXPECT_EQ(uids.size(), 1000U);
}

RC_GTEST_PROP(UidFromName, DependsOnTheNameAndOnNothingElse, (const std::string& name)) {
    const std::string uid = uid_from_name(name);
    expect_uuid_uid(uid);
    RC_ASSERT(uid == uid_from_name(name));
    RC_ASSERT(uid != uid_from_name(name + "x"));
}

}  // namespace
}  // namespace iqt::digest
