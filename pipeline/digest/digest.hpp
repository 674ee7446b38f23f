// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Digests, the identifiers made from them, and what certificate files hold (OpenSSL's room).
namespace iqt::digest {

/// SHA-256 over pieces. Each `add_field` also hashes the piece's length, so that no two different
/// sequences of fields give one digest.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    Sha256& add(std::string_view bytes);
    Sha256& add(std::span<const std::byte> bytes);
    Sha256& add_field(std::string_view bytes);
    std::string hex();  ///< 64 lower-case hex digits; ends this digest

  private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

/// First 64 bits of a hex digest as a number, for seeds.
std::uint64_t leading_bits(std::string_view hex);

/// "2.25." and the decimal value of the version 5 UUID of `name` in this project's namespace: at
/// most 44 characters. Source: PS3.5 B.2, RFC 4122 4.3.
std::string uid_from_name(std::string_view name);

}  // namespace iqt::digest
