CREATE TABLE calendar_events (
    tenant       TEXT        NOT NULL,
    id           TEXT        NOT NULL,
    version      BIGINT      NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    title        TEXT        NOT NULL,
    title_sort   TEXT        NOT NULL,
    description  TEXT        NOT NULL,
    period_start TIMESTAMPTZ NOT NULL,
    period_end   TIMESTAMPTZ NOT NULL,
    location     TEXT,
    course       TEXT,
    audience     JSONB       NOT NULL,
    search_text  TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, course) REFERENCES courses (tenant, id)
);
CREATE INDEX calendar_events_by_update ON calendar_events (tenant, updated_at, id);
CREATE INDEX calendar_events_by_title ON calendar_events (tenant, title_sort, id);
CREATE INDEX calendar_events_by_start ON calendar_events (tenant, period_start, id);
CREATE INDEX calendar_events_by_course ON calendar_events (tenant, course, id);
-- postgres: SELECT guichet_protect('calendar_events');
