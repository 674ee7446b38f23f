// SPDX-License-Identifier: Apache-2.0
#include "pipeline/queue/migrations.hpp"

#include <array>
#include <string>

#include "pipeline/queue/schema.hpp"
#include "pipeline/queue/schema_2.hpp"

namespace iqt::queue {
namespace {

// Step n makes version n+1 of version n. Never edit one that was released: append.
constexpr std::array<const char*, 2> kSteps{kSchema1, kSchema2};

constexpr int kApplicationId = 0x49515431;  // "IQT1"

int pragma(Connection& connection, const char* name) {
    return connection.raw().execAndGet(std::string("PRAGMA ") + name).getInt();
}

Status check_version(Connection& connection, int version) {
    const int tables = connection.raw().execAndGet("SELECT count(*) FROM sqlite_master").getInt();
    const int application = pragma(connection, "application_id");
    if (tables > 0 && application != kApplicationId)
        return fail(ErrorKind::Config, "the database in the data folder is not one of this program",
                    connection.raw().getFilename(), "point node.data_dir to another folder");
    if (version > schema_version())
        return fail(ErrorKind::Config,
                    "the database was written by a newer version of this program (schema " +
                        std::to_string(version) + ", this one knows " +
                        std::to_string(schema_version()) + ")",
                    connection.raw().getFilename(),
                    "install that version or newer, or restore the backup made before the upgrade");
    return {};
}

}  // namespace

int schema_version() {
    return static_cast<int>(kSteps.size());
}

Status migrate(Connection& connection, bool used) {
    while (true) {
        SQLite::Transaction transaction(connection.raw(), SQLite::TransactionBehavior::IMMEDIATE);
        const int version = pragma(connection, "user_version");
        if (auto known = check_version(connection, version); !known) return known;
        if (version == schema_version()) return {};
        if (version == 0 && used)
            return fail(ErrorKind::Corrupt,
                        "the database is empty although this data folder was in use",
                        connection.raw().getFilename(),
                        "stop the node, keep a copy of the data folder, restore the last backup");
        connection.raw().exec(kSteps.at(static_cast<std::size_t>(version)));
        connection.raw().exec("PRAGMA application_id = " + std::to_string(kApplicationId));
        connection.raw().exec("PRAGMA user_version = " + std::to_string(version + 1));
        transaction.commit();
    }
}

}  // namespace iqt::queue
