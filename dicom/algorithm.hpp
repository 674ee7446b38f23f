// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/dataset_edit.hpp"
#include "dicom/encode_job.hpp"

namespace iqt::dicom {

/// The model and how it was run, as Segmentation and SR name an algorithm; all texts ASCII.
struct Algorithm {
    std::string name, version;            ///< of the model package
    std::vector<std::string> parameters;  ///< "samples=16", one setting each; digest and seed too
    Code family;                          ///< PS3.16 CID 7162; what did not learn is not called AI
};
Algorithm algorithm_of(const EncodeJob& job);

/// Appends an item of the Algorithm Identification Macro. Source: PS3.3 10.16.
void add_algorithm(const Algorithm& algorithm, const DcmTagKey& sequence, DcmItem& out);

}  // namespace iqt::dicom
