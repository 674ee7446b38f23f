// SPDX-License-Identifier: Apache-2.0
#include "dicom/net/dimse_status.hpp"

#include <gtest/gtest.h>

namespace iqt::dicom::net {
namespace {

TEST(DimseStatus, EveryErrorKindHasItsRow) {
    const auto rows = status_table();
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(ErrorKind::Internal) + 1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].kind, static_cast<ErrorKind>(i));
        EXPECT_EQ(status_for(rows[i].kind), rows[i].status);
        EXPECT_NE(rows[i].status, kSuccess) << "an error is never answered as success";
        EXPECT_TRUE(rows[i].citation.starts_with("PS3."));
        EXPECT_FALSE(rows[i].meaning.empty());
    }
}

TEST(DimseStatus, GivesTheCodesOfTheStandard) {
    EXPECT_EQ(status_for(ErrorKind::OutOfResources), 0xa700);
    EXPECT_EQ(status_for(ErrorKind::Cancelled), 0xa700);
    EXPECT_EQ(status_for(ErrorKind::Io), 0xa700);
    EXPECT_EQ(status_for(ErrorKind::Mismatch), 0xa900);
    EXPECT_EQ(status_for(ErrorKind::InvalidInput), 0xc000);
    EXPECT_EQ(status_for(ErrorKind::TooLarge), 0xc000);
    EXPECT_EQ(status_for(ErrorKind::NotSupported), 0x0122);
}

// What we would make of our own answers if we were the sender: transient faults stay transient.
TEST(DimseStatus, TransientErrorsAreAnsweredSoThatTheSenderTriesAgain) {
    for (const StatusRow& row : status_table())
        if (is_transient(row.kind)) {
            EXPECT_EQ(classify_store_status(row.status), SendResult::Transient)
                << to_string(row.kind);
        }
}

TEST(DimseStatus, SortsTheAnswersOfADestination) {
    for (const int status : {0x0000, 0xb000, 0xb006, 0xb007, 0x0001, 0x0107, 0x0116})
        EXPECT_EQ(classify_store_status(static_cast<std::uint16_t>(status)), SendResult::Accepted)
            << status;
    for (const int status : {0xa900, 0xa9ff, 0xc000, 0xcfff, 0x0122, 0x0117, 0x0124, 0x0211})
        EXPECT_EQ(classify_store_status(static_cast<std::uint16_t>(status)), SendResult::Permanent)
            << status;
    for (const int status : {0xa700, 0xa7ff, 0x0110, 0x0213, 0xfe00})
        EXPECT_EQ(classify_store_status(static_cast<std::uint16_t>(status)), SendResult::Transient)
            << status;
}

TEST(DimseStatus, CommentFitsItsValueRepresentation) {
    EXPECT_EQ(error_comment("disk is full"), "disk is full");
    EXPECT_EQ(error_comment("a\\b\nc\xc3\xa9"), "a?b?c??");
    EXPECT_EQ(error_comment(std::string(100, 'x')), std::string(64, 'x'));
}

TEST(DimseStatus, NamesStatusesInWords) {
    EXPECT_EQ(describe_store_status(0xa701), "A701 out of resources");
    EXPECT_EQ(describe_store_status(0xc123), "C123 cannot understand");
    EXPECT_EQ(describe_store_status(0x0122), "0122 SOP class not supported");
}

}  // namespace
}  // namespace iqt::dicom::net
