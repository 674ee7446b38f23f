// SPDX-License-Identifier: Apache-2.0
#include "dicom/rgb_reader.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

namespace iqt::dicom {
namespace {

OFCondition load(DcmFileFormat& file, const ObjectBytes& object) {
    if (!object.file.empty()) return file.loadFile(object.file.c_str());
    DcmInputBufferStream stream;
    stream.setBuffer(object.data.data(), static_cast<offile_off_t>(object.data.size()));
    stream.setEos();
    file.transferInit();
    const OFCondition read = file.read(stream);
    file.transferEnd();
    return read;
}

}  // namespace

Result<NumberedImage> read_rgb(const ObjectBytes& object) {
    DcmFileFormat file;
    if (load(file, object).bad())
        return fail(ErrorKind::InvalidInput, "not a DICOM object", object.file.string());
    DcmDataset& data = *file.getDataset();
    Uint16 rows = 0, columns = 0, samples = 0, bits = 0, planar = 0;
    Sint32 number = 0;
    const Uint8* pixels = nullptr;
    unsigned long count = 0;
    data.findAndGetUint16(DCM_Rows, rows);
    data.findAndGetUint16(DCM_Columns, columns);
    data.findAndGetUint16(DCM_SamplesPerPixel, samples);
    data.findAndGetUint16(DCM_BitsAllocated, bits);
    data.findAndGetUint16(DCM_PlanarConfiguration, planar);
    data.findAndGetSint32(DCM_InstanceNumber, number);
    data.findAndGetUint8Array(DCM_PixelData, pixels, &count);
    const std::size_t wanted = std::size_t{3} * rows * columns;
    if (samples != 3 || bits != 8 || planar != 0 || pixels == nullptr || count < wanted ||
        wanted == 0)
        return fail(ErrorKind::InvalidInput, "not an 8-bit RGB image", object.file.string());
    NumberedImage result;
    result.number = number;
    result.image.width = columns;
    result.image.height = rows;
    result.image.pixels.assign(pixels, pixels + wanted);
    return result;
}

}  // namespace iqt::dicom
