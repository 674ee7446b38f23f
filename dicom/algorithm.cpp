// SPDX-License-Identifier: Apache-2.0
#include "dicom/algorithm.hpp"

#include <dcmtk/dcmdata/dctk.h>

#include "dicom/text_values.hpp"

namespace iqt::dicom {
namespace {
constexpr std::size_t kLongString = 64, kParameterBytes = 256;
}

Algorithm algorithm_of(const EncodeJob& job) {
    const Provenance& how = job.images.provenance;
    Algorithm made;
    made.name = ascii_value(how.model.id, kLongString);
    made.version = ascii_value(how.model.version, kLongString);
    made.family = is_learned(how.model) ? Code{"123110", "DCM", "Artificial Intelligence"}
                                        : Code{"123101", "DCM", "Neighborhood Analysis"};
    const auto add = [&](const char* key, const std::string& value) {
        made.parameters.push_back(ascii_value(key + ("=" + value), kParameterBytes));
    };
    add("model_sha256", how.model.digest);
    add("samples", std::to_string(how.samples));
    add("seed", std::to_string(how.seed));
    add("precision", how.precision);
    add("device", how.device);
    add("tiling", how.tiling);
    add("total_sd_threshold", decimal_string(how.model.total_sd_threshold));
    add("residual_threshold", decimal_string(how.model.residual_threshold));
    if (how.model.patch_residual_threshold > 0)
        add("patch_residual_threshold", decimal_string(how.model.patch_residual_threshold));
    if (how.model.unfamiliar_threshold > 0)
        add("unfamiliar_threshold", decimal_string(how.model.unfamiliar_threshold));
    add("software", job.images.software_version);
    return made;
}

void add_algorithm(const Algorithm& algorithm, const DcmTagKey& sequence, DcmItem& out) {
    DcmItem& item = add_item(out, sequence);
    add_code(item, DCM_AlgorithmFamilyCodeSequence, algorithm.family);
    put_text(item, DCM_AlgorithmName, algorithm.name);
    put_text(item, DCM_AlgorithmVersion, algorithm.version);
    std::string text;
    for (const std::string& parameter : algorithm.parameters)
        text += (text.empty() ? "" : "; ") + parameter;
    put_text(item, DCM_AlgorithmParameters, text);
}

}  // namespace iqt::dicom
