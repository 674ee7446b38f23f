// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/queue/notice_store.hpp"
#include "pipeline/queue/stores.hpp"

namespace iqt::worker {

/// The folder below data_dir/results that belongs to one claim alone: "<job>-<token>", and for a
/// notice "<job>-notice-<notice>-<token>".
std::string results_folder(const queue::Claim& claim);
std::string results_folder(const queue::NoticeClaim& claim);

/// Writes encoded objects below data_dir/results/<folder>/, every file and folder fsynced, and
/// returns their rows (paths relative to data_dir). Errors: OutOfResources, Io; then nothing is
/// left.
Result<std::vector<queue::ResultFile>> write_result_files(const std::filesystem::path& data_dir,
                                                          const std::string& folder,
                                                          const std::vector<EncodedSeries>& series);

/// Removes what write_result_files left in a folder; for a claim that was lost meanwhile.
void remove_result_files(const std::filesystem::path& data_dir, const std::string& folder);

/// Writes bytes to a file that must not exist yet and fsyncs it (mode 0600).
Status write_durably(const std::filesystem::path& file, std::string_view bytes);

/// Makes names in a folder survive a power cut.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace iqt::worker
