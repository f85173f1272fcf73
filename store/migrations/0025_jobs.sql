-- Work to do later. A row is there until its work is done; what failed for good stays as a dead letter.
CREATE TABLE jobs (
    id           TEXT        NOT NULL PRIMARY KEY, -- sorts by time
    tenant       TEXT,                             -- whose work; null is the installation's own
    kind         TEXT        NOT NULL,             -- such as mail.send
-- postgres:     payload JSONB NOT NULL,
-- sqlite:     payload TEXT NOT NULL, -- of type JSONB, a bare number would be stored as a number
    unique_key   TEXT,                             -- one living job of this kind and key; null is any number
    priority     BIGINT      NOT NULL,             -- higher goes first
    created_at   TIMESTAMPTZ NOT NULL,
    run_at       TIMESTAMPTZ NOT NULL,             -- when it may be taken: its time, or the end of its lease
    lease        TEXT,                             -- of who runs it; null while it waits
    again        BOOLEAN     NOT NULL,             -- asked for once more while it ran
    attempts     BIGINT      NOT NULL,             -- begun
    max_attempts BIGINT      NOT NULL,
    last_error   TEXT,
    dead_at      TIMESTAMPTZ
);
CREATE INDEX jobs_to_run ON jobs (priority DESC, run_at, id) WHERE dead_at IS NULL;
CREATE INDEX jobs_dead ON jobs (tenant, id) WHERE dead_at IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique_key ON jobs (coalesce(tenant, ''), kind, unique_key)
    WHERE unique_key IS NOT NULL AND dead_at IS NULL;
-- postgres: SELECT guichet_protect('jobs');
