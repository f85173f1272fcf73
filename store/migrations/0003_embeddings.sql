-- A text is embedded once per model. Vectors are little-endian f32.
CREATE TABLE embeddings (
    model  TEXT NOT NULL,
    hash   TEXT NOT NULL, -- SHA-256 of the embedded text, in hex
    vector BLOB NOT NULL,
    PRIMARY KEY (model, hash)
);
