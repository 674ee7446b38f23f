// SPDX-License-Identifier: Apache-2.0
#include "dicom/text_values.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace iqt::dicom {
namespace {

TEST(DecimalString, NeverExceedsSixteenCharactersAndKeepsAllDigitsThatFit) {
    for (double value : {-123.456789012345678, 1.0 / 3, -1.0 / 3, 1e-7 / 3, -98765.4321098765,
                         1.23456789e300, -1.23456789e-9, 179.99999999999997}) {
        const std::string written = decimal_string(value);
        EXPECT_LE(written.size(), 16U) << written;
        EXPECT_NEAR(std::stod(written), value, std::abs(value) * 1e-8) << written;
    }
    EXPECT_EQ(decimal_string(-123.456789012345678), "-123.45678901235");
    EXPECT_EQ(decimal_string(194.39999999999998), "194.4");
    EXPECT_EQ(decimal_string(5.0), "5");
}

TEST(DecimalString, WritesRoundingNoiseAndNegativeZeroAsZero) {
    EXPECT_EQ(decimal_string(6.123e-17), "0");
    EXPECT_EQ(decimal_string(-0.0), "0");
}

TEST(AsciiValue, LeavesNothingThatACharacterSetOrASeparatorCouldChange) {
    EXPECT_EQ(ascii_value("caf\xc3\xa9\\a\nb ", 64), "caf\?\?/a b");
    EXPECT_EQ(ascii_value("abcdef", 3), "abc");
}

TEST(SeriesDescription, JoinsWhatFits) {
    EXPECT_EQ(series_description({"IQT RUO ", "T2 (AXI) ", "ISO_IR 192", "T2", ""}),
              "IQT RUO T2 (AXI)");
    EXPECT_EQ(series_description({"IQT RUO ", "", "", "T2", " rev 2"}), "IQT RUO T2 rev 2");
}

TEST(SeriesDescription, CutsUtf8BetweenCharacters) {
    const std::string source =
        "x" + std::string("\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3") +
        "\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8"
        "\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3\xe9\x83\xa8\xe8\x84\xb3";
    const std::string cut = series_description({"IQT RUO ", source, "ISO_IR 192", "T2", " rev 3"});
    EXPECT_LE(cut.size(), 64U);
    EXPECT_GE(cut.size(), 62U);
    const std::string kept = cut.substr(8, cut.size() - 8 - 6);
    EXPECT_EQ(source.rfind(kept, 0), 0U);
    EXPECT_EQ((kept.size() - 1) % 3, 0U);
    EXPECT_EQ(cut.substr(cut.size() - 6), " rev 3");
}

TEST(SeriesDescription, NeverCutsInsideOfEscapesOrDoubleBytes) {
    const std::string kanji = "\x1b$B" + std::string(50, '\x46') + "\x1b(B";
    EXPECT_EQ(series_description({"IQT RUO ", kanji + "abcdefgh", "\\ISO 2022 IR 87", "T2", ""}),
              "IQT RUO T2");
    const std::string gb(60, '\xd6');
    EXPECT_EQ(series_description({"IQT RUO ", gb, "GB18030", "FLAIR", ""}), "IQT RUO FLAIR");
}

TEST(SeriesDescription, KeepsShortDoubleByteTextWithABackslashByteAsItIs) {
    const std::string kanji = "\x1b$B\x5c\x5c\x1b(B";
    EXPECT_EQ(series_description({"IQT RUO ", kanji, "\\ISO 2022 IR 87", "T2", " rev 2"}),
              "IQT RUO " + kanji + " rev 2");
}

TEST(SeriesDescription, DropsATextWhoseLastEscapeWouldGarbleWhatFollows) {
    EXPECT_EQ(
        series_description({"IQT RUO ", "\x1b$B\x46\x7c", "\\ISO 2022 IR 87", "T1", " rev 2"}),
        "IQT RUO T1 rev 2");
}

TEST(SeriesDescription, ReplacesTheValueSeparatorInSingleByteText) {
    EXPECT_EQ(series_description({"IQT RUO ", "T2\\AXI", "ISO_IR 100", "T2", ""}),
              "IQT RUO T2/AXI");
}

TEST(OffsetMinutes, AcceptsWhatTheStandardAllowsAndNothingElse) {
    EXPECT_EQ(offset_minutes("+0100"), 60);
    EXPECT_EQ(offset_minutes("-0330"), -210);
    EXPECT_EQ(offset_minutes("+1400 "), 840);
    EXPECT_EQ(offset_minutes("+0000"), 0);
    for (const char* wrong : {"", "0100", "+1401", "-1300", "+0160", "+1:00", "-0000", "+01000"})
        EXPECT_EQ(offset_minutes(wrong), std::nullopt) << wrong;
}

TEST(LocalTime, CrossesMidnightWithItsOffset) {
    const std::int64_t late = 1735860600250;  // 2025-01-02 23:30:00.250 UTC
    EXPECT_EQ(local_time(late, 0).date, "20250102");
    EXPECT_EQ(local_time(late, 60).date, "20250103");
    EXPECT_EQ(local_time(late, 60).time, "003000.250");
    EXPECT_EQ(local_time(late, -210).date_time, "20250102200000.250-0330");
}

}  // namespace
}  // namespace iqt::dicom
