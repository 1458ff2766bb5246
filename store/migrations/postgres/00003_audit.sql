-- +goose Up

-- Who did what. It outlives what it speaks of, so it refers to nothing.
CREATE TABLE audit_records (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL,
    action         text NOT NULL,
    actor_kind     text NOT NULL,
    actor_id       uuid,
    actor_name     text NOT NULL,
    campaign_id    uuid,
    contact_id     uuid,
    outreach_id    uuid,
    subject_id     uuid,
    version_before integer,
    version_after  integer,
    detail         jsonb NOT NULL
);
-- Lists, the newest first, by each thing that they are narrowed to.
CREATE INDEX ix_audit_records_at ON audit_records (at DESC, id DESC);
CREATE INDEX ix_audit_records_campaign ON audit_records (campaign_id, at DESC, id DESC) WHERE campaign_id IS NOT NULL;
CREATE INDEX ix_audit_records_contact ON audit_records (contact_id, at DESC, id DESC) WHERE contact_id IS NOT NULL;
CREATE INDEX ix_audit_records_actor ON audit_records (actor_id, at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX ix_audit_records_kind ON audit_records (actor_kind, at DESC, id DESC);
CREATE INDEX ix_audit_records_action ON audit_records (action, at DESC, id DESC);

-- Nobody changes what is on record, whatever reaches the database.
-- +goose StatementBegin
CREATE FUNCTION audit_records_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_records is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER tr_audit_records_change BEFORE UPDATE OR DELETE ON audit_records
    FOR EACH ROW EXECUTE FUNCTION audit_records_append_only();
CREATE TRIGGER tr_audit_records_truncate BEFORE TRUNCATE ON audit_records
    FOR EACH STATEMENT EXECUTE FUNCTION audit_records_append_only();

-- When a person's data was erased; the row stays, since the ledger refers to it.
ALTER TABLE contacts ADD COLUMN erased_at timestamptz;

-- +goose Down

ALTER TABLE contacts DROP COLUMN erased_at;
DROP TABLE audit_records;
DROP FUNCTION audit_records_append_only();
