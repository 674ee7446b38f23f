// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "pipeline/core/error.hpp"

namespace iqt {

/// A value or the Error that stands in its place. Debian's tl::expected does not warn when it is
/// ignored; this wrapper does, and adds nothing else.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using tl::expected<T, Error>::expected;
    Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

using Status = Result<void>;

/// Makes the error side of any Result: `return fail(ErrorKind::Io, "cannot write", path);`.
inline tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where = {},
                                  std::string hint = {}) {
    return tl::unexpected<Error>(Error{kind, std::move(what), std::move(where), std::move(hint)});
}

/// Passes on the error of a failed Result: `if (!r) return fail(r.error());`.
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace iqt
