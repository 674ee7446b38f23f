// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/core/series.hpp"

namespace iqt::server {

/// Whether one value fulfils all conditions of a test. A multi-valued attribute (values joined by
/// '\') fulfils `range` when all its values do. Spaces that DICOM pads with do not count.
bool fulfils(const config::TagTest& test, std::string_view value);

/// Whether a series fulfils all conditions of a route; an absent attribute fulfils none.
bool matches(const config::Match& match, const SourceSeries& series);

/// The first route that matches; null where none does.
const config::Route* first_match(const std::vector<config::Route>& routes,
                                 const SourceSeries& series);

/// Priority of the first route that matches a series by its first instance; normal where there is
/// none, or where the object cannot be read (the reader will say why).
Priority first_priority(const std::vector<config::Route>& routes, const ReceivedInstance& about,
                        const ObjectBytes& object);

}  // namespace iqt::server
