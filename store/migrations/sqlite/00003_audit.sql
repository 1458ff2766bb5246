-- +goose Up

-- Who did what. It outlives what it speaks of, so it refers to nothing.
CREATE TABLE audit_records (
    id             text PRIMARY KEY,
    at             datetime NOT NULL,
    action         text NOT NULL,
    actor_kind     text NOT NULL,
    actor_id       text,
    actor_name     text NOT NULL,
    campaign_id    text,
    contact_id     text,
    outreach_id    text,
    subject_id     text,
    version_before integer,
    version_after  integer,
    detail         text NOT NULL
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
CREATE TRIGGER tr_audit_records_update BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit_records is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tr_audit_records_delete BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit_records is append-only'); END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without a trigger.
-- +goose StatementBegin
CREATE TRIGGER tr_audit_records_replace BEFORE INSERT ON audit_records
WHEN EXISTS (SELECT 1 FROM audit_records WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit_records is append-only'); END;
-- +goose StatementEnd

-- When a person's data was erased; the row stays, since the ledger refers to it.
ALTER TABLE contacts ADD COLUMN erased_at datetime;

-- +goose Down

ALTER TABLE contacts DROP COLUMN erased_at;
DROP TABLE audit_records;
