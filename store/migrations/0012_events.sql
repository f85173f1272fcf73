-- The outbox: what happened, written in the transaction in which it happened. `sequence` is given when a row is
-- written, so a later commit may show a lower one; `position` is given afterwards, by one numberer at a time, and is
-- the order in which consumers read.
CREATE TABLE events (
-- postgres:     sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
-- sqlite:     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    position BIGINT,
    id       TEXT        NOT NULL,
    tenant   TEXT        NOT NULL,
    type     TEXT        NOT NULL, -- such as course.updated
    subject  TEXT        NOT NULL, -- the record's id
    actor    TEXT        NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    data     JSONB       NOT NULL,
    UNIQUE (id),
    UNIQUE (position)
);
CREATE INDEX events_to_number ON events (sequence) WHERE position IS NULL;

-- How far each consumer has read.
CREATE TABLE event_consumers (
    name     TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

-- postgres: SELECT guichet_protect('events');
