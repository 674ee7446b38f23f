// SPDX-License-Identifier: Apache-2.0
#include "dicom/part10_writer.hpp"

#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>

namespace iqt::dicom {
namespace {
/// Preamble, prefix and meta information: under 1 KB with every UID at its longest.
constexpr std::size_t kMetaBytesMax = 4096;
}  // namespace

Result<std::string> encode_part10(DcmFileFormat& file) {
    const E_TransferSyntax syntax = EXS_LittleEndianExplicit;
    DcmDataset& data = *file.getDataset();
    const std::size_t room = data.calcElementLength(syntax, EET_ExplicitLength) + kMetaBytesMax;
    std::string bytes(room + room % 2, '\0');  // the stream wants an even length
    DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    file.transferInit();
    const OFCondition written =
        file.write(stream, syntax, EET_ExplicitLength, nullptr, EGL_withoutGL, EPD_withoutPadding);
    file.transferEnd();
    if (written.bad())
        return fail(ErrorKind::Internal, std::string("cannot encode a result: ") + written.text(),
                    {}, "report this with the log of the job");
    void* start = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(start, length);
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

}  // namespace iqt::dicom
