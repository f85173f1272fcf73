-- The organisation's own roles; those that every organisation has stand in the code. `role_members` names either kind.
CREATE TABLE roles (
    tenant      TEXT        NOT NULL,
    name        TEXT        NOT NULL,
    title       TEXT        NOT NULL,
    permissions JSONB       NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE role_members (
    tenant   TEXT        NOT NULL,
    user_id  TEXT        NOT NULL,
    role     TEXT        NOT NULL,
    given_at TIMESTAMPTZ NOT NULL,
    given_by TEXT        NOT NULL,
    PRIMARY KEY (tenant, user_id, role),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX role_members_by_role ON role_members (tenant, role);
-- postgres: SELECT guichet_protect('roles');
-- postgres: SELECT guichet_protect('role_members');
