CREATE TABLE collections (
    tenant      TEXT        NOT NULL,
    id          TEXT        NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    slug        TEXT        NOT NULL,
    slug_sort   TEXT        NOT NULL,
    title       TEXT        NOT NULL,
    title_sort  TEXT        NOT NULL,
    description TEXT        NOT NULL,
    audience    JSONB       NOT NULL,
    search_text TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, slug)
);
CREATE INDEX collections_by_update ON collections (tenant, updated_at, id);
CREATE INDEX collections_by_slug ON collections (tenant, slug_sort, id);
CREATE INDEX collections_by_title ON collections (tenant, title_sort, id);
-- postgres: SELECT guichet_protect('collections');
