-- One file or page per row. The columns from `collection` to `pages` are those of the searchable version
-- (of the registration, before there is one); `valid_until` and `superseded_by` already account for supersession.
CREATE TABLE documents (
    number        INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, so neither are ids
    id            TEXT    NOT NULL UNIQUE,
    tenant        TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    name          TEXT    NOT NULL,                  -- last part of the origin
    collection    TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    sought        TEXT    NOT NULL,                  -- title and origin in lower case, for listing
    format        TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    audience      TEXT    NOT NULL,                  -- JSON array of grants
    valid_from    TEXT,
    valid_until   TEXT,
    superseded_by TEXT,
    supersedes    TEXT,
    date          TEXT,
    pages         INTEGER,
    bytes         INTEGER NOT NULL,
    content_hash  TEXT    NOT NULL,
    blob          TEXT    NOT NULL,                  -- the file as last registered
    metadata      TEXT    NOT NULL,                  -- what came beside the file, for the pipeline
    state         TEXT    NOT NULL,
    reason        TEXT,
    version       INTEGER NOT NULL DEFAULT 0,        -- the searchable one
    claimed       INTEGER NOT NULL DEFAULT 0,        -- the last version number given out
    chunks        INTEGER NOT NULL DEFAULT 0,
    crashes       INTEGER NOT NULL DEFAULT 0,
    outdated      INTEGER NOT NULL DEFAULT 0,        -- 1: the indexes hold an older validity
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    UNIQUE (tenant, origin),
    CHECK (state IN ('queued', 'parsing', 'indexed', 'failed', 'needs_ocr', 'unsupported', 'stopped'))
);
CREATE INDEX documents_by_state ON documents (state, crashes);
CREATE INDEX documents_by_tenant ON documents (tenant, id);
CREATE INDEX documents_by_name ON documents (tenant, name);
CREATE INDEX documents_by_title ON documents (tenant, title);
CREATE INDEX documents_superseding ON documents (tenant) WHERE supersedes IS NOT NULL;
CREATE INDEX documents_by_blob ON documents (blob);
CREATE INDEX documents_outdated ON documents (outdated) WHERE outdated = 1;
