-- +goose Up

-- What a text or call was framed with, and in how many segments a text went.
ALTER TABLE outreaches ADD COLUMN opening text NOT NULL DEFAULT '';
ALTER TABLE outreaches ADD COLUMN closing text NOT NULL DEFAULT '';
ALTER TABLE outreaches ADD COLUMN segments integer NOT NULL DEFAULT 0;

-- What was said in a call, and by whom.
ALTER TABLE replies ADD COLUMN transcript text NOT NULL DEFAULT '[]';

-- Messages that came in, whoever sent them: each has an effect once, however often it is delivered.
CREATE TABLE inbound_messages (
    channel     text NOT NULL,
    provider_id text NOT NULL,
    at          datetime NOT NULL,
    PRIMARY KEY (channel, provider_id)
);

-- +goose Down

DROP TABLE inbound_messages;
ALTER TABLE replies DROP COLUMN transcript;
ALTER TABLE outreaches DROP COLUMN segments;
ALTER TABLE outreaches DROP COLUMN closing;
ALTER TABLE outreaches DROP COLUMN opening;
