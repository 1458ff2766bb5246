-- +goose Up

-- Why the AI could not plan, as a code.
ALTER TABLE contacts ADD COLUMN planner_code text NOT NULL DEFAULT '';

-- Whether it is known if a reply opts out, and why it is taken to. Those before this were never asked about.
ALTER TABLE replies ADD COLUMN opt_out_reason text;
ALTER TABLE replies ADD COLUMN considered_at datetime;
UPDATE replies SET considered_at = created_at;
CREATE INDEX ix_replies_unconsidered ON replies (created_at) WHERE considered_at IS NULL;

-- What the AI took for answers of which no plan was kept.
CREATE TABLE planner_calls (
    id                text PRIMARY KEY,
    campaign_id       text NOT NULL REFERENCES campaigns (id),
    contact_id        text NOT NULL,
    code              text NOT NULL,
    model             text NOT NULL,
    prompt_tokens     integer NOT NULL,
    completion_tokens integer NOT NULL,
    created_at        datetime NOT NULL
);
CREATE INDEX ix_planner_calls_campaign ON planner_calls (campaign_id, created_at);

-- Sends that a provider refused for our credentials, or for our sender, one after the other.
CREATE TABLE credential_refusals (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    outreach_id text NOT NULL,
    channel     text NOT NULL,
    code        text NOT NULL,
    created_at  datetime NOT NULL
);
CREATE INDEX ix_credential_refusals_campaign ON credential_refusals (campaign_id, channel, created_at);

-- +goose Down

DROP TABLE credential_refusals;
DROP TABLE planner_calls;
DROP INDEX ix_replies_unconsidered;
ALTER TABLE replies DROP COLUMN considered_at;
ALTER TABLE replies DROP COLUMN opt_out_reason;
ALTER TABLE contacts DROP COLUMN planner_code;
