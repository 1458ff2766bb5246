-- +goose Up

-- Channels on which the person asked not to be contacted, as the file says that brought the contact.
ALTER TABLE contacts ADD COLUMN blocked_channels jsonb NOT NULL DEFAULT '[]';

-- How contacts come to a campaign by e-mail. The token is the part of its address that nobody guesses.
CREATE TABLE email_imports (
    campaign_id       uuid PRIMARY KEY REFERENCES campaigns (id),
    enabled           boolean NOT NULL,
    authorized_sender text NOT NULL,
    mapping           text NOT NULL,
    token             text NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE UNIQUE INDEX ux_email_imports_token ON email_imports (token);

-- One mail twice is imported once.
ALTER TABLE imports ADD COLUMN mail_key text;
CREATE UNIQUE INDEX ux_imports_mail ON imports (campaign_id, mail_key) WHERE mail_key IS NOT NULL AND status = 'completed';

-- +goose Down

DROP INDEX ux_imports_mail;
ALTER TABLE imports DROP COLUMN mail_key;
DROP TABLE email_imports;
ALTER TABLE contacts DROP COLUMN blocked_channels;
