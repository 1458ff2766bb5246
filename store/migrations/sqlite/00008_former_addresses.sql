-- +goose Up

-- Addresses that contacts had: whoever erases a contact erases what is known under them too.
CREATE TABLE former_addresses (
    contact_id text NOT NULL REFERENCES contacts (id),
    address    text NOT NULL,
    PRIMARY KEY (contact_id, address)
);

-- +goose Down

DROP TABLE former_addresses;
