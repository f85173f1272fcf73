CREATE TABLE ticket_categories (
    tenant      TEXT        NOT NULL,
    id          TEXT        NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    name        TEXT        NOT NULL,
    name_sort   TEXT        NOT NULL,
    description TEXT        NOT NULL,
    parent      TEXT,
    archived    BOOLEAN     NOT NULL,
    search_text TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name),
    FOREIGN KEY (tenant, parent) REFERENCES ticket_categories (tenant, id)
);
CREATE INDEX ticket_categories_by_update ON ticket_categories (tenant, updated_at, id);
CREATE INDEX ticket_categories_by_name ON ticket_categories (tenant, name_sort, id);
CREATE INDEX ticket_categories_by_parent ON ticket_categories (tenant, parent, id);
-- postgres: SELECT guichet_protect('ticket_categories');
