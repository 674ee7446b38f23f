// SPDX-License-Identifier: Apache-2.0
#include "pipeline/digest/digest.hpp"

#include <algorithm>
#include <vector>

#include <openssl/evp.h>

#include "pipeline/core/assert.hpp"

namespace iqt::digest {

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() { IQT_ASSERT(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1); }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::add(std::string_view bytes) {
    IQT_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
    return *this;
}

Sha256& Sha256::add(std::span<const std::byte> bytes) {
    IQT_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
    return *this;
}

Sha256& Sha256::add_field(std::string_view bytes) {
    add(std::to_string(bytes.size()));
    add(":");
    return add(bytes);
}

std::string Sha256::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned int length = 0;
    IQT_ASSERT(EVP_DigestFinal_ex(state_->context, raw.data(), &length) == 1);
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned int n = 0; n < length; ++n) {
        text += kDigits[raw[n] >> 4U];
        text += kDigits[raw[n] & 15U];
    }
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    return Sha256().add(bytes).hex();
}

std::uint64_t leading_bits(std::string_view hex) {
    return std::stoull(std::string(hex.substr(0, 16)), nullptr, 16);
}

namespace {

// Random once, then fixed for ever: UIDs of results depend on it.
constexpr std::array<unsigned char, 16> kNamespace{0x6f, 0x1c, 0x0b, 0x5e, 0x93, 0x4d, 0x4a, 0x27,
                                                   0x8e, 0x55, 0xd1, 0x3a, 0x7c, 0x20, 0xb9, 0x64};

std::string decimal(std::array<unsigned char, 16> number) {
    std::string digits;
    while (std::any_of(number.begin(), number.end(), [](unsigned char b) { return b != 0; })) {
        unsigned int remainder = 0;
        for (unsigned char& byte : number) {
            const unsigned int value = remainder * 256 + byte;
            byte = static_cast<unsigned char>(value / 10);
            remainder = value % 10;
        }
        digits += static_cast<char>('0' + remainder);
    }
    std::reverse(digits.begin(), digits.end());
    return digits.empty() ? "0" : digits;
}

}  // namespace

std::string uid_from_name(std::string_view name) {
    std::vector<unsigned char> input(kNamespace.begin(), kNamespace.end());
    input.insert(input.end(), name.begin(), name.end());
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned int length = 0;
    IQT_ASSERT(EVP_Digest(input.data(), input.size(), raw.data(), &length, EVP_sha1(), nullptr));
    std::array<unsigned char, 16> uuid{};
    std::copy_n(raw.begin(), uuid.size(), uuid.begin());
    uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0fU) | 0x50U);
    uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3fU) | 0x80U);
    return "2.25." + decimal(uuid);
}

}  // namespace iqt::digest
