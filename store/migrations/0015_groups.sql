CREATE TABLE groups (
    tenant      TEXT        NOT NULL,
    id          TEXT        NOT NULL,
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    name        TEXT        NOT NULL,
    name_sort   TEXT        NOT NULL,
    description TEXT        NOT NULL,
    search_text TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
);
CREATE INDEX groups_by_update ON groups (tenant, updated_at, id);
CREATE INDEX groups_by_name ON groups (tenant, name_sort, id);

CREATE TABLE group_members (
    tenant     TEXT        NOT NULL,
    id         TEXT        NOT NULL,
    version    BIGINT      NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    "group"    TEXT        NOT NULL,
    "user"     TEXT        NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, "group", "user"),
    FOREIGN KEY (tenant, "group") REFERENCES groups (tenant, id),
    FOREIGN KEY (tenant, "user") REFERENCES users (tenant, id)
);
CREATE INDEX group_members_by_update ON group_members (tenant, updated_at, id);
CREATE INDEX group_members_by_user ON group_members (tenant, "user", id);
-- postgres: SELECT guichet_protect('groups');
-- postgres: SELECT guichet_protect('group_members');
