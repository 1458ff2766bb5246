-- +goose Up

-- What an address was, once it is erased: whoever has the link of an e-mail can still unsubscribe it.
ALTER TABLE outreaches ADD COLUMN address_hash text;
-- A mail as it came, where the text beside it is only what was written anew.
ALTER TABLE replies ADD COLUMN whole_text text;
-- Opens by machines are figures of their own.
DROP INDEX ix_events_figures;
CREATE INDEX ix_events_figures ON events (outreach_id, type)
    WHERE type IN ('opened', 'machine_opened', 'clicked', 'bounced', 'complained');

-- +goose Down

DROP INDEX ix_events_figures;
CREATE INDEX ix_events_figures ON events (outreach_id, type) WHERE type IN ('opened', 'clicked', 'bounced', 'complained');
ALTER TABLE replies DROP COLUMN whole_text;
ALTER TABLE outreaches DROP COLUMN address_hash;
