// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace iqt::queue {

/// Schema version 1. States, kinds and outcomes are stored by name, so that a database can be read
/// without this program. A job's instances are those of its series with revision <= its own that no
/// instance of such a revision has replaced. Large columns come last in their row.
inline constexpr const char* kSchema1 = R"sql(
CREATE TABLE series (
    id              INTEGER PRIMARY KEY,
    series_uid      TEXT NOT NULL,
    study_uid       TEXT NOT NULL,
    issuer          BLOB NOT NULL,               -- raw bytes of the data set
    patient_id      BLOB NOT NULL,
    identity_digest TEXT NOT NULL,
    series_digest   TEXT NOT NULL,               -- stands for the series in logs
    superseded_by   INTEGER REFERENCES series(id),  -- its identity was corrected to that of this one
    disputed        INTEGER NOT NULL DEFAULT 0,  -- its UID came under two identities
    UNIQUE (series_uid, study_uid, issuer, patient_id, identity_digest)
);

CREATE TABLE jobs (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id        INTEGER NOT NULL REFERENCES series(id),
    revision         INTEGER NOT NULL,
    state            TEXT NOT NULL,
    priority         INTEGER NOT NULL,           -- 0 urgent, 1 normal, 2 low
    attempt          INTEGER NOT NULL DEFAULT 0,
    crashes          INTEGER NOT NULL DEFAULT 0, -- attempts that ended with a dead worker
    token            INTEGER NOT NULL DEFAULT 0, -- fences: goes up with every claim
    worker           TEXT,
    lease_boot       TEXT,
    lease_until_steady_ms INTEGER,
    retry_at_utc_ms  INTEGER,
    instances        INTEGER NOT NULL DEFAULT 0,
    multi_frames     INTEGER NOT NULL DEFAULT 0, -- of these, Enhanced objects
    activity_boot    TEXT NOT NULL,              -- when the last instance came
    activity_steady_ms INTEGER NOT NULL,
    activity_utc_ms  INTEGER NOT NULL,
    aborted          INTEGER NOT NULL DEFAULT 0, -- an association broke off, none clean since
    hold             TEXT,                       -- held: 'incomplete' (by the clock), 'identity' (by a person)
    override         INTEGER NOT NULL DEFAULT 0,
    calling_ae       TEXT NOT NULL,
    called_ae        TEXT NOT NULL,
    peer_address     TEXT NOT NULL,
    reasons          TEXT NOT NULL DEFAULT '[]', -- JSON array of sentences
    route            TEXT NOT NULL DEFAULT '',
    model_id         TEXT NOT NULL DEFAULT '',
    model_digest     TEXT NOT NULL DEFAULT '',
    summary_json     TEXT NOT NULL DEFAULT '',
    created_utc_ms   INTEGER NOT NULL,
    updated_utc_ms   INTEGER NOT NULL,
    UNIQUE (series_id, revision)
);
CREATE INDEX jobs_by_state ON jobs(state, id);
CREATE INDEX jobs_ready ON jobs(priority, id) WHERE state = 'ready';

CREATE TABLE instances (
    id                INTEGER PRIMARY KEY,
    series_id         INTEGER NOT NULL REFERENCES series(id),
    sop_instance_uid  TEXT NOT NULL,
    revision          INTEGER NOT NULL,          -- in which it came
    replaced_in       INTEGER,                   -- revision in which a newer version came
    digest            TEXT NOT NULL,             -- SHA-256 of the bytes
    size              INTEGER NOT NULL,
    sop_class_uid     TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL,
    multi_frame       INTEGER NOT NULL,
    frames            INTEGER NOT NULL,
    px REAL, py REAL, pz REAL,                   -- ImagePositionPatient, LPS mm
    rx REAL, ry REAL, rz REAL, cx REAL, cy REAL, cz REAL,  -- ImageOrientationPatient
    received_utc_ms   INTEGER NOT NULL,
    association       TEXT NOT NULL,
    file              TEXT,                      -- relative to the data folder, for large objects
    data              BLOB                       -- the object, else
);
CREATE INDEX instances_by_sop ON instances(series_id, sop_instance_uid);
CREATE INDEX instances_in_files ON instances(file) WHERE file IS NOT NULL;

CREATE TABLE touches (                           -- open associations and the jobs they sent to
    association TEXT NOT NULL,
    job_id      INTEGER NOT NULL REFERENCES jobs(id),
    clears      INTEGER NOT NULL,                -- began after the last abort of that job
    PRIMARY KEY (association, job_id)
) WITHOUT ROWID;
CREATE INDEX touches_by_job ON touches(job_id);

CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    job_id    INTEGER NOT NULL REFERENCES jobs(id),
    at_utc_ms INTEGER NOT NULL,
    event     TEXT NOT NULL,
    detail    TEXT NOT NULL
);
CREATE INDEX events_by_job ON events(job_id, id);

CREATE TABLE results (
    id               INTEGER PRIMARY KEY,
    job_id           INTEGER NOT NULL REFERENCES jobs(id),
    kind             TEXT NOT NULL,
    series_uid       TEXT NOT NULL,
    sop_class_uid    TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    path             TEXT NOT NULL,
    sha256           TEXT NOT NULL,
    size             INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    UNIQUE (job_id, sop_instance_uid)
);

CREATE TABLE deliveries (
    id             INTEGER PRIMARY KEY,
    job_id         INTEGER NOT NULL REFERENCES jobs(id),
    result_id      INTEGER NOT NULL REFERENCES results(id),
    destination    TEXT NOT NULL,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,                -- pending accepted refused withheld withdrawn
    priority       INTEGER NOT NULL,             -- that of its job
    next_at_utc_ms INTEGER,                      -- pending: when; NULL = after the warning images
    attempts       INTEGER NOT NULL DEFAULT 0,
    dimse_status   INTEGER NOT NULL DEFAULT 0,
    message        TEXT NOT NULL DEFAULT '',
    updated_utc_ms INTEGER NOT NULL,
    UNIQUE (result_id, destination)
);
CREATE INDEX deliveries_by_job ON deliveries(job_id, state);
CREATE INDEX deliveries_blocking ON deliveries(job_id, destination)
    WHERE kind = 'warning' AND state <> 'accepted';
CREATE INDEX deliveries_due ON deliveries(destination, priority, job_id, next_at_utc_ms)
    WHERE state = 'pending' AND next_at_utc_ms IS NOT NULL;

-- What may leave, whether its time has come or not. The one place that says when an object may be
-- sent: its job stands, and the destination has accepted all warning images of the job before.
CREATE VIEW sendable AS
SELECT d.id, d.job_id, d.destination, d.kind, d.priority, d.next_at_utc_ms, d.result_id
FROM deliveries d CROSS JOIN jobs j ON j.id = d.job_id
WHERE d.state = 'pending' AND d.next_at_utc_ms IS NOT NULL
    AND j.state IN ('derived', 'delivering', 'declined')
    AND (d.kind = 'warning' OR NOT EXISTS (
        SELECT 1 FROM deliveries w WHERE w.job_id = d.job_id AND w.destination = d.destination
            AND w.kind = 'warning' AND w.state <> 'accepted'));
)sql";

}  // namespace iqt::queue
