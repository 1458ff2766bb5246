-- +goose Up

-- Messages of people in no campaign, about whom the AI is still to be asked whether a campaign is for them.
CREATE TABLE strangers (
    id         text PRIMARY KEY,
    channel    text NOT NULL,
    address    text NOT NULL,
    message    text NOT NULL,
    asked      text NOT NULL DEFAULT '[]',
    failures   integer NOT NULL DEFAULT 0,
    code       text NOT NULL DEFAULT '',
    created_at datetime NOT NULL
);
CREATE INDEX ix_strangers_address ON strangers (address);

-- Why the contact was found eligible as it joined, or is not any more.
ALTER TABLE contacts ADD COLUMN eligibility_reason text;

-- +goose Down

ALTER TABLE contacts DROP COLUMN eligibility_reason;
DROP TABLE strangers;
