-- +goose Up

-- Channels on which the person asked not to be contacted, as the file says that brought the contact.
ALTER TABLE contacts ADD COLUMN blocked_channels text NOT NULL DEFAULT '[]';

-- +goose Down

ALTER TABLE contacts DROP COLUMN blocked_channels;
