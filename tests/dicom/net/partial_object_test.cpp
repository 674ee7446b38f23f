// SPDX-License-Identifier: Apache-2.0
// What can be said of an object that broke off while its bytes came.
#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "tests/dicom/net/scp_fixture.hpp"

namespace iqt::dicom::net {
namespace {

constexpr const char* kPartialUid = "1.2.826.0.1.3680043.10.511.9.5.1";

std::string whole_file(E_TransferSyntax syntax) {
    const auto file = make_mr(kPartialUid);
    return make_part10(encode(*file, syntax), UID_MRImageStorage, kPartialUid,
                       DcmXfer(syntax).getXferID(), kCallingAe);
}

TEST(PartialObject, ShowsItsSeriesFromWhereTheUidIsWholeInEveryEncoding) {
    for (const auto syntax :
         {EXS_LittleEndianImplicit, EXS_LittleEndianExplicit, EXS_BigEndianExplicit}) {
        const std::string file = whole_file(syntax);
        const std::size_t uid_end = file.find(kSeriesUid) + std::string_view(kSeriesUid).size();
        ASSERT_LT(uid_end, file.size());
        for (std::size_t size = 0; size <= file.size(); ++size) {
            const auto series = series_uid_of_beginning(std::string_view(file).substr(0, size));
            if (size < uid_end)
                ASSERT_EQ(series, std::nullopt) << size;
            else
                ASSERT_TRUE(!series || *series == kSeriesUid) << size;
        }
        EXPECT_EQ(series_uid_of_beginning(std::string_view(file).substr(0, uid_end + 1)),
                  kSeriesUid)
            << DcmXfer(syntax).getXferName();
    }
}

TEST(PartialObject, OfAnEncodingThatCannotBeReadInPartShowsNoOtherSeries) {
    const std::string file = whole_file(EXS_DeflatedLittleEndianExplicit);
    const auto series = series_uid_of_beginning(std::string_view(file).substr(0, 400));
    EXPECT_TRUE(!series || *series == kSeriesUid);
}

}  // namespace
}  // namespace iqt::dicom::net
