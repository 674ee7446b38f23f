// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stages/notice.hpp"

#include <array>

#include "pipeline/core/assert.hpp"
#include "pipeline/render/text_page.hpp"

namespace iqt::stages {
namespace {

struct NoticeWords {
    const char* title;
    const char* state;   ///< what the node does with the series now
    const char* advice;  ///< what a technologist can do
};

// In the order of NoticeCause.
constexpr std::array kNoticeWords{
    NoticeWords{
        "This series is held and not enhanced", "It waits in the node until a person has decided.",
        "What to do: find out which patient this series belongs to, and correct it where it "
        "came from if it was sent under the wrong one. Whoever looks after the node then "
        "lets it go on or cancels it (iqt-node queue release, iqt-node queue cancel)."},
    NoticeWords{"This series is held and not enhanced",
                "It waits in the node until its images have come again, and is given up where they "
                "do not come.",
                "What to do: send the whole series to the node again. It then goes on by itself."},
    NoticeWords{"This series was not enhanced: the node has given it up",
                "The node does not try again by itself.",
                "What to do: tell whoever looks after the node. Once the reason is removed the "
                "series can be tried again there (iqt-node queue retry)."},
};

constexpr const char* kOriginals =
    "The original images are unchanged. Results of this series that were sent before stay what "
    "they were.";

}  // namespace

NoticePage notice_page(NoticeCause cause, const std::vector<std::string>& reasons, int revision) {
    const auto index = static_cast<std::size_t>(cause);
    IQT_ASSERT(index < kNoticeWords.size());
    const NoticeWords& words = kNoticeWords[index];
    NoticePage page;
    page.title = words.title;
    for (const std::string& reason : reasons) page.paragraphs.push_back("Reason: " + reason + ".");
    for (const char* sentence : {words.state, kOriginals, words.advice})
        page.paragraphs.emplace_back(sentence);
    page.revision = revision;
    // The words themselves, since they may change with the reasons alone; and the revision, which
    // no content digest stands for.
    page.parameters = "notice=" + std::string(to_string(cause)) +
                      ";revision=" + std::to_string(revision) + ";" + page.title;
    for (const std::string& paragraph : page.paragraphs) page.parameters += ";" + paragraph;
    return page;
}

Result<std::vector<EncodedSeries>> encode_notice(const SourceSeries& source, const NoticePage& page,
                                                 const ResultEncoder& encoder) {
    DerivedImages images;
    images.notice = render::draw_notice(page.title, page.paragraphs);
    images.parameters = page.parameters;
    images.software_version = IQT_VERSION;
    images.revision = page.revision;
    images.provenance.model = page.model;
    return encoder.encode(source, images);
}

}  // namespace iqt::stages
