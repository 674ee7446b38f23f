// SPDX-License-Identifier: Apache-2.0
#include "models/nifti.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>

#include <nifti2_io.h>

namespace iqt::models::nifti {
namespace {

namespace fs = std::filesystem;

struct FreeImage {
    void operator()(nifti_image* image) const { nifti_image_free(image); }
};
using Image = std::unique_ptr<nifti_image, FreeImage>;

/// Most voxels of a file: 1024 cubed. Larger headers are lies or no head.
constexpr std::int64_t kVoxelsMax = std::int64_t{1} << 30;

void quiet() {
    static std::once_flag once;
    std::call_once(once, [] { nifti_set_debug_level(0); });
}

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

double mm_per_unit(int xyz_units) {
    if (xyz_units == NIFTI_UNITS_METER) return 1000;
    if (xyz_units == NIFTI_UNITS_MICRON) return 1e-3;
    return 1;
}

double column_length(const nifti_dmat44& m, int c) {
    return std::sqrt(m.m[0][c] * m.m[0][c] + m.m[1][c] * m.m[1][c] + m.m[2][c] * m.m[2][c]);
}

bool is_usable(const nifti_dmat44& m) {
    for (int c = 0; c < 3; ++c) {
        const double length = column_length(m, c);
        if (!std::isfinite(length) || length < 1e-6 || length > 1e6) return false;
        if (!std::isfinite(m.m[c][3])) return false;
    }
    return true;
}

/// sform before qform before the bare spacings (methods 3, 2, 1 of nifti1.h).
nifti_dmat44 world_of(const nifti_image& image) {
    if (image.sform_code > 0 && is_usable(image.sto_xyz)) return image.sto_xyz;
    if (image.qform_code > 0 && is_usable(image.qto_xyz)) return image.qto_xyz;
    nifti_dmat44 m{};
    const std::array<double, 3> step{image.dx, image.dy, image.dz};
    for (int c = 0; c < 3; ++c) m.m[c][c] = std::abs(step[static_cast<std::size_t>(c)]);
    m.m[3][3] = 1;
    return m;
}

/// RAS of the file to LPS: x and y change sign. Nothing where the axes are sheared or zero.
std::optional<Geometry> geometry_of(const nifti_image& image) {
    const nifti_dmat44 m = world_of(image);
    if (!is_usable(m)) return std::nullopt;
    const double unit = mm_per_unit(image.xyz_units);
    Geometry g;
    g.size = {static_cast<int>(image.nx), static_cast<int>(image.ny), static_cast<int>(image.nz)};
    const std::array<double, 3> sign{-1, -1, 1};
    for (std::size_t r = 0; r < 3; ++r) g.origin_lps_mm[r] = sign[r] * m.m[r][3] * unit;
    for (std::size_t c = 0; c < 3; ++c) {
        const double length = column_length(m, static_cast<int>(c));
        g.spacing_mm[c] = length * unit;
        for (std::size_t r = 0; r < 3; ++r) g.axes[c][r] = sign[r] * m.m[r][c] / length;
    }
    // 1e-3: affines are stored as float32 and go through quaternions.
    for (std::size_t c = 0; c < 3; ++c)
        if (std::abs(dot(g.axes[c], g.axes[(c + 1) % 3])) > 1e-3) return std::nullopt;
    return g;
}

template <class T>
void convert(const void* data, double slope, double offset, std::vector<float>& out) {
    const auto* bytes = static_cast<const char*>(data);
    for (std::size_t v = 0; v < out.size(); ++v) {
        T value;
        std::memcpy(&value, bytes + v * sizeof(T), sizeof(T));
        const auto real = static_cast<float>(static_cast<double>(value) * slope + offset);
        out[v] = std::isfinite(real) ? real : 0.0F;  // NaN marks "no data" in many files
    }
}

bool convert_voxels(const nifti_image& image, std::vector<float>& out) {
    const bool scaled =
        std::isfinite(image.scl_slope) && image.scl_slope != 0 && std::isfinite(image.scl_inter);
    const double slope = scaled ? image.scl_slope : 1;
    const double offset = scaled ? image.scl_inter : 0;
    switch (image.datatype) {
        case NIFTI_TYPE_UINT8:
            convert<std::uint8_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_INT8:
            convert<std::int8_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_UINT16:
            convert<std::uint16_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_INT16:
            convert<std::int16_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_UINT32:
            convert<std::uint32_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_INT32:
            convert<std::int32_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_UINT64:
            convert<std::uint64_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_INT64:
            convert<std::int64_t>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_FLOAT32:
            convert<float>(image.data, slope, offset, out);
            return true;
        case NIFTI_TYPE_FLOAT64:
            convert<double>(image.data, slope, offset, out);
            return true;
        default:
            return false;
    }
}

Status check_header(const nifti_image& image, const std::string& where) {
    if (image.nx < 1 || image.ny < 1 || image.nz < 1 || image.nx > 1 << 15 || image.ny > 1 << 15 ||
        image.nz > 1 << 15 || image.nx * image.ny > kVoxelsMax ||
        image.nx * image.ny * image.nz > kVoxelsMax)
        return fail(ErrorKind::InvalidInput, "the image size in the header is not that of a volume",
                    where);
    if (image.nvox != image.nx * image.ny * image.nz)
        return fail(ErrorKind::InvalidInput, "the file holds more than one volume", where,
                    "give one 3-D volume");
    if (image.nz < 2)
        return fail(ErrorKind::InvalidInput, "the file holds a single slice, not a volume", where);
    return {};
}

struct CloseFile {
    void operator()(znzptr* file) const { Xznzclose(&file); }
};

struct Payload {
    const void* data;
    std::size_t bytes;
};

nifti_1_header make_header(const Geometry& g, int volumes, int datatype, const std::string& text) {
    Image image(nifti_simple_init_nim());
    image->ndim = image->dim[0] = volumes > 1 ? 4 : 3;
    image->dim[1] = image->nx = g.size[0];
    image->dim[2] = image->ny = g.size[1];
    image->dim[3] = image->nz = g.size[2];
    image->dim[4] = image->nt = volumes;
    image->nvox = image->nx * image->ny * image->nz * volumes;
    image->datatype = datatype;
    nifti_datatype_sizes(datatype, &image->nbyper, &image->swapsize);
    image->dx = image->pixdim[1] = g.spacing_mm[0];
    image->dy = image->pixdim[2] = g.spacing_mm[1];
    image->dz = image->pixdim[3] = g.spacing_mm[2];
    image->dt = image->pixdim[4] = 1;
    image->xyz_units = NIFTI_UNITS_MM;
    image->nifti_type = NIFTI_FTYPE_NIFTI1_1;
    image->scl_slope = 1;
    nifti_dmat44 m{};
    m.m[3][3] = 1;
    const std::array<double, 3> sign{-1, -1, 1};
    for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 3; ++c) m.m[r][c] = sign[r] * g.axes[c][r] * g.spacing_mm[c];
        m.m[r][3] = sign[r] * g.origin_lps_mm[r];
    }
    image->sto_xyz = image->qto_xyz = m;
    image->sform_code = image->qform_code = NIFTI_XFORM_SCANNER_ANAT;
    double dx = 0, dy = 0, dz = 0;
    nifti_dmat44_to_quatern(m, &image->quatern_b, &image->quatern_c, &image->quatern_d,
                            &image->qoffset_x, &image->qoffset_y, &image->qoffset_z, &dx, &dy, &dz,
                            &image->qfac);
    std::strncpy(image->descrip, text.c_str(), sizeof image->descrip - 1);
    nifti_1_header header{};
    nifti_convert_nim2n1hdr(image.get(), &header);
    header.vox_offset = 352;
    std::memcpy(header.magic, "n+1", 4);
    return header;
}

Status write_file(const fs::path& path, const nifti_1_header& header,
                  const std::vector<Payload>& payloads) {
    for (int d = 1; d <= 3; ++d)
        if (header.dim[d] < 1)
            return fail(ErrorKind::InvalidInput, "an axis is empty or longer than NIfTI-1 allows",
                        path.string());
    std::unique_ptr<znzptr, CloseFile> file(
        znzopen(path.c_str(), "wb", ends_with(path.string(), ".gz") ? 1 : 0));
    if (!file)
        return fail(ErrorKind::Io, "cannot create the file", path.string(),
                    "check that the folder exists and is writable");
    const std::array<char, 4> no_extension{};
    bool written = znzwrite(&header, 1, sizeof header, file.get()) == sizeof header &&
                   znzwrite(no_extension.data(), 1, 4, file.get()) == 4;
    for (const Payload& p : payloads)
        written = written && znzwrite(p.data, 1, p.bytes, file.get()) == p.bytes;
    znzptr* raw = file.release();
    const bool closed = Xznzclose(&raw) == 0;
    if (written && closed) return {};
    return fail(ErrorKind::Io, "the file could not be written in full", path.string(),
                "check the free space of the disk");
}

}  // namespace

namespace {

/// What read does after the name has been looked at. Throws std::bad_alloc.
Result<Volume> read_image(const std::string& where) {
    Image image(nifti_image_read(where.c_str(), 0));
    if (!image) return fail(ErrorKind::InvalidInput, "this is not a NIfTI file", where);
    if (auto ok = check_header(*image, where); !ok) return fail(ok.error());
    const std::optional<Geometry> geometry = geometry_of(*image);
    if (!geometry)
        return fail(ErrorKind::InvalidInput, "the axes in the header are sheared or have no length",
                    where, "resample the volume on orthogonal axes first");
    if (nifti_image_load(image.get()) != 0 || image->data == nullptr)
        return fail(ErrorKind::InvalidInput, "the file ends before its last voxel", where);
    Volume volume(*geometry);
    if (!convert_voxels(*image, volume.voxels))
        return fail(ErrorKind::InvalidInput, "voxels are colours or complex numbers", where,
                    "give a volume of plain numbers");
    return volume;
}

}  // namespace

Result<Volume> read(const fs::path& file) {
    quiet();
    const std::string where = file.string();
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return fail(ErrorKind::NotFound, "there is no such file", where);
    if (!ends_with(where, ".nii") && !ends_with(where, ".nii.gz"))
        return fail(ErrorKind::InvalidInput, "the name does not end in .nii or .nii.gz", where);
    try {
        return read_image(where);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfResources, "there is not enough memory for the volume", where);
    }
}

Status write(const fs::path& file, const Volume& volume, const std::string& description) {
    return write_4d(file, {&volume}, description);
}

Status write_4d(const fs::path& file, const std::vector<const Volume*>& volumes,
                const std::string& description) {
    quiet();
    std::vector<Payload> payloads;
    for (const Volume* volume : volumes) {
        if (volume->geometry != volumes.front()->geometry)
            return fail(ErrorKind::Mismatch, "the volumes of one file differ in their grids",
                        file.string());
        payloads.push_back({volume->voxels.data(), volume->voxels.size() * sizeof(float)});
    }
    if (payloads.empty())
        return fail(ErrorKind::InvalidInput, "there is no volume to write", file.string());
    return write_file(file,
                      make_header(volumes.front()->geometry, static_cast<int>(volumes.size()),
                                  NIFTI_TYPE_FLOAT32, description),
                      payloads);
}

Status write(const fs::path& file, const Mask& mask, const std::string& description) {
    quiet();
    return write_file(file, make_header(mask.geometry, 1, NIFTI_TYPE_UINT8, description),
                      {{mask.voxels.data(), mask.voxels.size()}});
}

}  // namespace iqt::models::nifti
