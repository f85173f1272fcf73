CREATE TABLE courses (
    tenant       TEXT        NOT NULL,
    id           TEXT        NOT NULL,
    version      BIGINT      NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    deleted_at   TIMESTAMPTZ,
    code         TEXT        NOT NULL,
    code_sort    TEXT        NOT NULL,
    title        TEXT        NOT NULL,
    title_sort   TEXT        NOT NULL,
    description  TEXT        NOT NULL,
    teacher      TEXT,
    starts_on    DATE,
    ends_on      DATE,
    credits      BIGINT,
    fee_amount   BIGINT,
    fee_currency TEXT,
    tags         JSONB       NOT NULL,
    syllabus     JSONB,
    audience     JSONB       NOT NULL,
    search_text  TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, teacher) REFERENCES users (tenant, id)
);
-- The code of a deleted course may be used again.
CREATE UNIQUE INDEX courses_tenant_code_key ON courses (tenant, code) WHERE deleted_at IS NULL;
CREATE INDEX courses_by_update ON courses (tenant, updated_at, id);
CREATE INDEX courses_by_code ON courses (tenant, code_sort, id);
CREATE INDEX courses_by_title ON courses (tenant, title_sort, id);
CREATE INDEX courses_by_teacher ON courses (tenant, teacher, id);
-- postgres: SELECT guichet_protect('courses');
