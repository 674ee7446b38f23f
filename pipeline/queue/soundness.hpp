// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "pipeline/core/result.hpp"
#include "pipeline/queue/store_state.hpp"

/// Private to the room: what a store looks at before anything runs.
namespace iqt::queue {

/// Whether a data folder held a queue before; then a store never begins with an empty one.
bool was_used(const std::filesystem::path& data_dir);

/// Notes, durably, that it holds one. Errors: Io.
Status mark_used(const std::filesystem::path& data_dir);

/// The names of states, kinds and causes in the database are ones that this program knows: SQLite
/// cannot see a bit that fell over within a value. Errors: Corrupt.
Status check_words(StoreState& state);

/// Logs each job that is not final and of whose received files one is missing or has another size.
/// Such a job ends dead when its turn comes; the others go on.
void report_missing_objects(StoreState& state);

}  // namespace iqt::queue
