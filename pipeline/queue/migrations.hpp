// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/result.hpp"
#include "pipeline/queue/database.hpp"

namespace iqt::queue {

/// The schema that this build reads and writes (PRAGMA user_version).
int schema_version();

/// Brings a database to schema_version(): numbered steps, append-only, each in a transaction of its
/// own together with its number, so that a kill leaves a whole version. Safe when two processes do
/// it at once. Errors: Config where the database is newer than this build or not one of ours,
/// Corrupt where it is empty although it was `used`; throws SQLite::Exception.
Status migrate(Connection& connection, bool used);

}  // namespace iqt::queue
