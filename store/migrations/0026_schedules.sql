-- Jobs that come again and again. Whoever moves `next_at` on enqueues the job, in one transaction.
CREATE TABLE schedules (
    tenant     TEXT,                 -- null is the installation's own
    name       TEXT        NOT NULL,
    pattern    TEXT        NOT NULL, -- cron
    time_zone  TEXT        NOT NULL, -- IANA name
    kind       TEXT        NOT NULL,
-- postgres:     payload JSONB NOT NULL,
-- sqlite:     payload TEXT NOT NULL,
    priority   BIGINT      NOT NULL,
    next_at    TIMESTAMPTZ,          -- null is never again
    last_at    TIMESTAMPTZ           -- when it was last due
);
CREATE UNIQUE INDEX schedules_name ON schedules (coalesce(tenant, ''), name);
CREATE INDEX schedules_next ON schedules (next_at);
-- postgres: SELECT guichet_protect('schedules');
