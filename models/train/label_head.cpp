// SPDX-License-Identifier: Apache-2.0
#include "models/train/label_head.hpp"

#include <utility>

#include "models/train/label_synthesis.hpp"

namespace iqt::models::train {

Result<Volume> head_of_labels(const std::filesystem::path& labels, Contrast contrast,
                              std::uint64_t seed) {
    auto subject = synthesize(labels, contrast, seed);
    if (!subject) return fail(subject.error());
    if (subject->foreground_voxels == 0)
        return fail(ErrorKind::InvalidInput, "the label map holds no tissue", labels.string(),
                    "give a map of FreeSurfer labels, 0 for the background");
    return std::move(subject->volume);
}

}  // namespace iqt::models::train
