-- Who did what to which record, when and from where. Rows are added, never changed.
CREATE TABLE audit (
    tenant    TEXT        NOT NULL,
    id        TEXT        NOT NULL, -- sorts by time
    at        TIMESTAMPTZ NOT NULL,
    actor     TEXT        NOT NULL,
    action    TEXT        NOT NULL, -- such as course.updated
    record    TEXT,                 -- such as course
    record_id TEXT,
    before    JSONB,                -- the record's fields, secrets masked
    after     JSONB,
    address   TEXT,
    client    TEXT,
    request   TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_by_record ON audit (tenant, record_id, id);
CREATE INDEX audit_by_actor ON audit (tenant, actor, id);
CREATE INDEX audit_by_action ON audit (tenant, action, id);

-- postgres: SELECT guichet_protect('audit');
-- postgres: CREATE FUNCTION guichet_refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
-- postgres: BEGIN
-- postgres:     RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
-- postgres: END $$;
-- postgres: CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
-- postgres:     FOR EACH STATEMENT EXECUTE FUNCTION guichet_refuse_change();
-- sqlite: CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
-- sqlite: BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- sqlite: CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
-- sqlite: BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
