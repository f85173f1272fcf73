-- A key acts for its owner, within the permissions named here and no longer than the owner has them.
CREATE TABLE api_keys (
    tenant      TEXT        NOT NULL,
    id          TEXT        NOT NULL,
    user_id     TEXT        NOT NULL,
    name        TEXT        NOT NULL,
    prefix      TEXT        NOT NULL UNIQUE, -- the part that may be seen
    hash        TEXT        NOT NULL,
    permissions JSONB       NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    used_at     TIMESTAMPTZ,
    revoked_at  TIMESTAMPTZ,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX api_keys_by_user ON api_keys (tenant, user_id);
-- postgres: SELECT guichet_protect('api_keys');
