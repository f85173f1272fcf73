-- How often somebody tried, per account, network address or mailbox; the subject is hashed.
CREATE TABLE attempts (
    tenant        TEXT        NOT NULL,
    kind          TEXT        NOT NULL,
    subject       TEXT        NOT NULL,
    attempts      BIGINT      NOT NULL,
    last_at       TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ,
    PRIMARY KEY (tenant, kind, subject)
);
CREATE INDEX attempts_by_time ON attempts (last_at);
-- postgres: SELECT guichet_protect('attempts');
