-- The keys that sign access tokens, for the whole installation. The private part is sealed with the server's key.
CREATE TABLE signing_keys (
    kid        TEXT        NOT NULL PRIMARY KEY,
    sealed     TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retires_at TIMESTAMPTZ -- when its last token has ended; none while it signs
);
-- One key signs, also when several nodes start at once.
CREATE UNIQUE INDEX signing_keys_one_signs ON signing_keys ((retires_at IS NULL)) WHERE retires_at IS NULL;
