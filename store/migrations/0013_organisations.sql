-- One row per tenant.
CREATE TABLE organisations (
    tenant      TEXT        NOT NULL,
    id          TEXT        NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    name        TEXT        NOT NULL,
    name_sort   TEXT        NOT NULL,
    locale      TEXT        NOT NULL,
    contact     TEXT,
    search_text TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant)
);
-- postgres: SELECT guichet_protect('organisations');
