-- What an account needs beside the person's record. A person without a row here has no password and cannot sign in.
CREATE TABLE credentials (
    tenant              TEXT NOT NULL,
    user_id             TEXT NOT NULL,
    password            TEXT,        -- an argon2id hash with its settings (PHC string)
    password_changed_at TIMESTAMPTZ,
    verified_email      TEXT,        -- counts while it is still the person's address
    PRIMARY KEY (tenant, user_id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
-- postgres: SELECT guichet_protect('credentials');
