// SPDX-License-Identifier: Apache-2.0
#include "pipeline/render/text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace iqt::render {
namespace {

TEST(Printable, KeepsTextAndReplacesWhatIsNone) {
    EXPECT_EQ(printable("T2, 1 \xc2\xb5m, \xe6\x97\xa5, \xf0\x9f\xa7\xa0"),
              "T2, 1 \xc2\xb5m, \xe6\x97\xa5, \xf0\x9f\xa7\xa0");
    EXPECT_EQ(printable("a\tb\nc\x7f"), "a b c ");
    EXPECT_EQ(printable("\xff\xfe"), "??");
    EXPECT_EQ(printable("\xc3"), "?") << "cut off";
    EXPECT_EQ(printable("\xc0\xaf"), "??") << "overlong";
    EXPECT_EQ(printable("\xed\xa0\x80"), "???") << "surrogate";
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????") << "beyond Unicode";
}

TEST(Wrap, KeepsAllWordsAndTheWidth) {
    const Font font{13, Weight::Normal};
    const std::string text =
        "The series has twelve slices, and a hole between the third and fourth";
    std::string joined;
    const auto lines = wrap(text, font, 150, 100);
    EXPECT_GT(lines.size(), 2U);
    for (const std::string& line : lines) {
        EXPECT_LE(text_width_px(line, font), 150) << line;
        joined += joined.empty() ? line : " " + line;
    }
    EXPECT_EQ(joined, text);
}

TEST(Wrap, BreaksWordsThatAreTooLongBetweenCharacters) {
    const Font font{15, Weight::Bold};
    std::string word;
    for (int n = 0; n < 60; ++n) word += "\xc3\xa4";
    std::string joined;
    for (const std::string& line : wrap(word, font, 100, 100)) {
        EXPECT_LE(text_width_px(line, font), 100);
        EXPECT_EQ(printable(line), line);
        joined += line;
    }
    EXPECT_EQ(joined, word);
}

TEST(Wrap, EndsInDotsWhenLinesAreLeftOut) {
    const Font font{13, Weight::Normal};
    const auto lines = wrap(std::string(400, 'x') + " and more", font, 120, 2);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[1].ends_with("..."));
    EXPECT_LE(text_width_px(lines[1], font), 120);
    EXPECT_FALSE(wrap("short", font, 120, 1)[0].ends_with("..."));
}

TEST(Wrap, OfNothingIsOneEmptyLine) {
    EXPECT_EQ(wrap("", {}, 100, 3), std::vector<std::string>{""});
    EXPECT_EQ(wrap("   ", {}, 100, 3), std::vector<std::string>{""});
}

TEST(DrawLine, HasTheSizeThatWasMeasuredAndTheColoursThatWereAsked) {
    const Font font{20, Weight::Bold};
    const Color ink{255, 255, 255}, paper{176, 0, 32};
    const RgbImage image = draw_line("Ag\xc3\xa4", font, ink, paper);
    EXPECT_EQ(image.width, text_width_px("Ag\xc3\xa4", font));
    EXPECT_EQ(image.height, line_height_px(font));
    int inked = 0, plain = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            if (color_at(image, x, y) == ink) ++inked;
            if (color_at(image, x, y) == paper) ++plain;
        }
    EXPECT_GT(inked, 30);
    EXPECT_GT(plain, 30);
    EXPECT_EQ(image.pixels, draw_line("Ag\xc3\xa4", font, ink, paper).pixels);
}

TEST(Fit, ShrinksTextUntilItFitsAndNoFurtherThanAllowed) {
    const std::string text = "RESEARCH USE ONLY - NOT FOR DIAGNOSTIC USE";
    const Font fitted = fit(text, {30, Weight::Bold}, 8, 400);
    EXPECT_LT(fitted.size_px, 30);
    EXPECT_LE(text_width_px(text, fitted), 400);
    EXPECT_GT(text_width_px(text, {fitted.size_px + 1, Weight::Bold}), 400);
    EXPECT_EQ(fit(text, {30, Weight::Bold}, 25, 10).size_px, 25);
}

}  // namespace
}  // namespace iqt::render
