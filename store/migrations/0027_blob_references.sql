-- Who needs which file. Files are named by what is in them, so one may have many owners; one without any goes away.
CREATE TABLE blob_references (
    tenant TEXT NOT NULL,
    blob   TEXT NOT NULL, -- the SHA-256 of the file, in lower-case hex
    owner  TEXT NOT NULL, -- the id of the record that needs it
    PRIMARY KEY (tenant, blob, owner)
);
CREATE INDEX blob_references_by_blob ON blob_references (blob);
CREATE INDEX blob_references_by_owner ON blob_references (tenant, owner);
-- postgres: SELECT guichet_protect('blob_references');
