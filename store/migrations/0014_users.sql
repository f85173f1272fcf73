CREATE TABLE users (
    tenant           TEXT        NOT NULL,
    id               TEXT        NOT NULL,
    version          BIGINT      NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    deleted_at       TIMESTAMPTZ,
    email            TEXT        NOT NULL,
    given_name       TEXT        NOT NULL,
    given_name_sort  TEXT        NOT NULL,
    family_name      TEXT        NOT NULL,
    family_name_sort TEXT        NOT NULL,
    locale           TEXT        NOT NULL,
    phone            TEXT,
    status           TEXT        NOT NULL,
    search_text      TEXT        NOT NULL,
    PRIMARY KEY (tenant, id)
);
-- The address of a deleted person may be used again.
CREATE UNIQUE INDEX users_tenant_email_key ON users (tenant, email) WHERE deleted_at IS NULL;
CREATE INDEX users_by_update ON users (tenant, updated_at, id);
CREATE INDEX users_by_email ON users (tenant, email, id);
CREATE INDEX users_by_given_name ON users (tenant, given_name_sort, id);
CREATE INDEX users_by_family_name ON users (tenant, family_name_sort, id);
-- postgres: SELECT guichet_protect('users');
