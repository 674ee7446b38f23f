// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/queue/stores.hpp"

namespace iqt::worker {

/// Writes the encoded objects of one job below data_dir/results/<job>-<token>/, every file and
/// folder fsynced, and returns their rows (paths relative to data_dir). The folder of another
/// claim of the same job is never touched. Errors: OutOfResources, Io; then nothing is left.
Result<std::vector<queue::ResultFile>> write_result_files(const std::filesystem::path& data_dir,
                                                          const queue::Claim& claim,
                                                          const std::vector<EncodedSeries>& series);

/// Removes what write_result_files left for this claim; for a claim that was lost meanwhile.
void remove_result_files(const std::filesystem::path& data_dir, const queue::Claim& claim);

/// Writes bytes to a file that must not exist yet and fsyncs it (mode 0600).
Status write_durably(const std::filesystem::path& file, std::string_view bytes);

/// Makes names in a folder survive a power cut.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace iqt::worker
