// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/core/job.hpp"
#include "pipeline/core/ports.hpp"

namespace iqt::stages {

/// One page that says in the study what became of a series; never patient data. Which series it is
/// stands in the object's header, as with every output.
struct NoticePage {
    std::string title;
    std::vector<std::string> paragraphs;
    std::string parameters;  ///< part of the UIDs: a text for every page that differs
    int revision = 1;
    ModelInfo model = {};  ///< as far as one was chosen
};

/// Words about a job that is held for a person or dead: what happened, that the originals are as
/// they were, what can be done now. `reasons` are those of the job, headline first. Pure.
NoticePage notice_page(NoticeCause cause, const std::vector<std::string>& reasons, int revision);

/// Draws the page and makes its object. Needs of the source its header, its UIDs and its identity;
/// no volume. Errors: of the encoder.
Result<std::vector<EncodedSeries>> encode_notice(const SourceSeries& source, const NoticePage& page,
                                                 const ResultEncoder& encoder);

}  // namespace iqt::stages
