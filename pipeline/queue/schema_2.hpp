// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace iqt::queue {

/// Schema version 2: notices about jobs that are held for a person or dead. Jobs that were so
/// before get none: nothing asks for them.
inline constexpr const char* kSchema2 = R"sql(
CREATE TABLE notices (
    id               INTEGER PRIMARY KEY,
    job_id           INTEGER NOT NULL REFERENCES jobs(id),
    cause            TEXT NOT NULL,              -- two_identities images_removed given_up
    reasons          TEXT NOT NULL,              -- those of the job when it was asked for
    state            TEXT NOT NULL,              -- due made not_wanted withdrawn abandoned
    attempts         INTEGER NOT NULL DEFAULT 0,
    token            INTEGER NOT NULL DEFAULT 0, -- fences: goes up whenever a lease begins or ends
    worker           TEXT,
    lease_boot       TEXT,
    lease_until_steady_ms INTEGER,
    next_at_utc_ms   INTEGER NOT NULL,           -- due: not before
    updated_utc_ms   INTEGER NOT NULL,
    UNIQUE (job_id, cause, reasons)
);
CREATE INDEX notices_due ON notices(next_at_utc_ms, id) WHERE state = 'due';

-- Set where the object is such a notice: it says nothing of how its job is delivered.
ALTER TABLE deliveries ADD COLUMN notice_id INTEGER REFERENCES notices(id);

-- As in version 1, and a notice while its job is what the notice says.
DROP VIEW sendable;
CREATE VIEW sendable AS
SELECT d.id, d.job_id, d.destination, d.kind, d.priority, d.next_at_utc_ms, d.result_id
FROM deliveries d CROSS JOIN jobs j ON j.id = d.job_id
WHERE d.state = 'pending' AND d.next_at_utc_ms IS NOT NULL
    AND CASE WHEN d.notice_id IS NULL
        THEN j.state IN ('derived', 'delivering', 'declined')
            AND (d.kind = 'warning' OR NOT EXISTS (
                SELECT 1 FROM deliveries w WHERE w.job_id = d.job_id
                    AND w.destination = d.destination
                    AND w.kind = 'warning' AND w.state <> 'accepted'))
        ELSE j.state IN ('held', 'dead') END;
)sql";

}  // namespace iqt::queue
