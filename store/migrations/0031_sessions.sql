-- A sign-in and the refresh tokens that came of it, one after the other. Only hashes of tokens are kept.
CREATE TABLE sessions (
    tenant     TEXT        NOT NULL,
    id         TEXT        NOT NULL,
    user_id    TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ,
    end_reason TEXT,
    address    TEXT,
    client     TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (tenant, user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    tenant     TEXT        NOT NULL,
    hash       TEXT        NOT NULL PRIMARY KEY,
    session_id TEXT        NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    FOREIGN KEY (tenant, session_id) REFERENCES sessions (tenant, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (tenant, session_id);
-- postgres: SELECT guichet_protect('sessions');
-- postgres: SELECT guichet_protect('refresh_tokens');
