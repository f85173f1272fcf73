CREATE TABLE enrolments (
    tenant     TEXT        NOT NULL,
    id         TEXT        NOT NULL,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    course     TEXT        NOT NULL,
    "user"     TEXT        NOT NULL,
    role       TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, course, "user"),
    FOREIGN KEY (tenant, course) REFERENCES courses (tenant, id),
    FOREIGN KEY (tenant, "user") REFERENCES users (tenant, id)
);
CREATE INDEX enrolments_by_update ON enrolments (tenant, updated_at, id);
CREATE INDEX enrolments_by_user ON enrolments (tenant, "user", id);
-- postgres: SELECT guichet_protect('enrolments');
