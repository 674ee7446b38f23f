// SPDX-License-Identifier: Apache-2.0
#include "models/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>

namespace iqt::models {
namespace {

namespace fs = std::filesystem;
using SortedJson = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "values are copied as they are");

constexpr std::uint64_t kFileBytesMax = 1ULL << 30;
constexpr std::uint64_t kHeaderBytesMax = 16ULL << 20;
constexpr std::size_t kLengthBytes = 8;

tl::unexpected<Error> broken(const std::string& what, const fs::path& file) {
    return fail(ErrorKind::InvalidInput, what, file.string(),
                "the weights file is damaged: install the model package again");
}

/// Where the bytes of one tensor lie behind the header.
struct Span {
    std::uint64_t begin = 0, end = 0;
    std::string name;
};

/// Number of values of a shape; nothing where it is negative or overflows.
std::optional<std::uint64_t> value_count(const std::vector<std::int64_t>& shape) {
    std::uint64_t count = 1;
    for (const std::int64_t n : shape) {
        if (n < 0) return std::nullopt;
        const auto extent = static_cast<std::uint64_t>(n);
        if (extent > 0 && count > kFileBytesMax / extent) return std::nullopt;
        count *= extent;
    }
    return count;
}

std::optional<std::vector<std::int64_t>> shape_of(const SortedJson& entry) {
    const auto found = entry.find("shape");
    if (found == entry.end() || !found->is_array() || found->size() > 8) return std::nullopt;
    std::vector<std::int64_t> shape;
    for (const SortedJson& n : *found) {
        if (!n.is_number_unsigned() || n.get<std::uint64_t>() > kFileBytesMax) return std::nullopt;
        shape.push_back(n.get<std::int64_t>());
    }
    return shape;
}

std::optional<Span> span_of(const SortedJson& entry, const std::string& name,
                            std::uint64_t data_bytes) {
    const auto found = entry.find("data_offsets");
    if (found == entry.end() || !found->is_array() || found->size() != 2) return std::nullopt;
    const SortedJson& begin = (*found)[0];
    const SortedJson& end = (*found)[1];
    if (!begin.is_number_unsigned() || !end.is_number_unsigned()) return std::nullopt;
    const Span span{begin.get<std::uint64_t>(), end.get<std::uint64_t>(), name};
    if (span.begin > span.end || span.end > data_bytes) return std::nullopt;
    return span;
}

Result<std::string> read_all(const fs::path& file) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return fail(ErrorKind::NotFound, "there is no such file", file.string());
    const std::uint64_t size = fs::file_size(file, failed);
    if (failed) return fail(ErrorKind::Io, "cannot read the file", file.string());
    if (size > kFileBytesMax)
        return fail(ErrorKind::TooLarge, "the weights file is larger than 1 GiB", file.string());
    std::string bytes(size, '\0');
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
        return fail(ErrorKind::Io, "cannot read the file", file.string());
    return bytes;
}

/// The bytes of all tensors must cover the data part once, without gaps: bytes that no tensor
/// names would be weights that nobody sees.
bool covers(std::vector<Span> spans, std::uint64_t data_bytes) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    std::uint64_t at = 0;
    for (const Span& span : spans) {
        if (span.begin != at) return false;
        at = span.end;
    }
    return at == data_bytes;
}

Result<Tensor> tensor_of(const SortedJson& entry, const Span& span, const char* data,
                         const fs::path& file) {
    const auto type = entry.find("dtype");
    if (type == entry.end() || !type->is_string())
        return broken("tensor '" + span.name + "' has no type", file);
    if (*type != "F32")
        return fail(ErrorKind::NotSupported, "tensor '" + span.name + "' is not of type F32",
                    file.string(), "convert the weights to float32");
    const auto shape = shape_of(entry);
    const auto count = shape ? value_count(*shape) : std::nullopt;
    if (!count || *count * sizeof(float) != span.end - span.begin)
        return broken("the shape of tensor '" + span.name + "' does not fit its bytes", file);
    Tensor tensor{*shape, std::vector<float>(*count)};
    if (*count > 0) std::memcpy(tensor.values.data(), data + span.begin, *count * sizeof(float));
    if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                     [](float value) { return std::isfinite(value); }))
        return broken("tensor '" + span.name + "' holds values that are not finite", file);
    return tensor;
}

}  // namespace

Result<std::map<std::string, Tensor>> read_safetensors(const fs::path& file) {
    const auto bytes = read_all(file);
    if (!bytes) return fail(bytes.error());
    if (bytes->size() < kLengthBytes) return broken("the file is too short for a header", file);
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, bytes->data(), kLengthBytes);
    if (header_bytes > kHeaderBytesMax || header_bytes > bytes->size() - kLengthBytes)
        return broken("the header length is beyond the end of the file", file);
    const char* header_begin = bytes->data() + kLengthBytes;
    const char* data = header_begin + header_bytes;
    const std::uint64_t data_bytes = bytes->size() - kLengthBytes - header_bytes;
    const SortedJson header = SortedJson::parse(header_begin, data, nullptr, false);
    if (!header.is_object()) return broken("the header is not a JSON object", file);
    std::map<std::string, Tensor> tensors;
    std::vector<Span> spans;
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") continue;
        if (!entry.is_object()) return broken("tensor '" + name + "' has no description", file);
        const auto span = span_of(entry, name, data_bytes);
        if (!span) return broken("tensor '" + name + "' lies outside the file", file);
        auto tensor = tensor_of(entry, *span, data, file);
        if (!tensor) return fail(tensor.error());
        spans.push_back(*span);
        tensors.emplace(name, std::move(*tensor));
    }
    if (!covers(std::move(spans), data_bytes))
        return broken("tensors overlap, or bytes belong to none", file);
    return tensors;
}

Status write_safetensors(const fs::path& file, const std::map<std::string, Tensor>& tensors) {
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    std::uint64_t at = 0;
    for (const auto& [name, tensor] : tensors) {
        const auto count = value_count(tensor.shape);
        if (!count || *count != tensor.values.size())
            return fail(ErrorKind::Mismatch,
                        "the shape of tensor '" + name + "' does not fit its values",
                        file.string());
        const std::uint64_t end = at + *count * sizeof(float);
        header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
        at = end;
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');  // the values start on an 8-byte boundary
    const std::uint64_t header_bytes = text.size();
    std::array<char, kLengthBytes> length{};
    std::memcpy(length.data(), &header_bytes, kLengthBytes);
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(length.data(), kLengthBytes);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const auto& [name, tensor] : tensors)
        stream.write(reinterpret_cast<const char*>(tensor.values.data()),
                     static_cast<std::streamsize>(tensor.values.size() * sizeof(float)));
    stream.close();
    if (!stream)
        return fail(ErrorKind::Io, "the file could not be written in full", file.string(),
                    "check the folder and the free space of the disk");
    return {};
}

}  // namespace iqt::models
