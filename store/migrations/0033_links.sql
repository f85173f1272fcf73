-- Links that work once: to confirm an address, set a password, set up an organisation. A row without a person and
-- without a purpose of its own is a decoy, written so that asking for a link takes as long for an unknown address.
CREATE TABLE links (
    tenant     TEXT        NOT NULL,
    hash       TEXT        NOT NULL PRIMARY KEY,
    purpose    TEXT        NOT NULL,
    user_id    TEXT,
    email      TEXT, -- the address that it was sent to
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX links_by_purpose ON links (tenant, purpose, user_id);
CREATE INDEX links_by_end ON links (expires_at);
-- postgres: SELECT guichet_protect('links');
