-- What was read from a document, whole. A version is written before it is seen; publishing it is one update.
CREATE TABLE versions (
    document    TEXT    NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    published   INTEGER NOT NULL DEFAULT 0,
    title       TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    collection  TEXT    NOT NULL,
    audience    TEXT    NOT NULL,
    valid_from  TEXT,
    valid_until TEXT,
    supersedes  TEXT,
    date        TEXT,
    pages       INTEGER,
    blob        TEXT    NOT NULL,
    note        TEXT,             -- what a person should know although it worked
    content     TEXT    NOT NULL,
    PRIMARY KEY (document, version)
);
CREATE INDEX versions_pending ON versions (published) WHERE published = 0;
CREATE INDEX versions_by_blob ON versions (blob);

CREATE TABLE chunks (
    id        TEXT    PRIMARY KEY,
    document  TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    language  TEXT    NOT NULL,
    headings  TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    start     INTEGER NOT NULL,
    stop      INTEGER NOT NULL,
    page      INTEGER,
    embedding TEXT    NOT NULL,   -- SHA-256 of the embedded text, in hex
    FOREIGN KEY (document, version) REFERENCES versions (document, version) ON DELETE CASCADE
);
CREATE INDEX chunks_by_version ON chunks (document, version, ordinal);
CREATE INDEX chunks_by_embedding ON chunks (embedding);

-- Chunks that the indexes may still hold and must forget.
CREATE TABLE stale_chunks (id TEXT PRIMARY KEY);
