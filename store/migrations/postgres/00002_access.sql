-- +goose Up

CREATE TABLE users (
    id                  uuid PRIMARY KEY,
    email               text NOT NULL UNIQUE,
    name                text NOT NULL,
    role                text NOT NULL,
    password_hash       text,
    epoch               integer NOT NULL,
    created_at          timestamptz NOT NULL,
    disabled_at         timestamptz,
    last_sign_in_at     timestamptz,
    password_changed_at timestamptz
);
CREATE INDEX ix_users_created ON users (created_at DESC, id DESC);

-- A session holds for its user's epoch only, so that one that is begun while all are ended is ended too.
CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY NOT NULL,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch      integer NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ix_sessions_user ON sessions (user_id);
CREATE INDEX ix_sessions_expires ON sessions (expires_at);

CREATE TABLE one_time_links (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    kind       text NOT NULL,
    user_id    uuid REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX ix_one_time_links_user ON one_time_links (user_id);
CREATE INDEX ix_one_time_links_expires ON one_time_links (expires_at);

-- Failures to sign in, by hashes of accounts and addresses: in the database, so that they count over all processes.
CREATE TABLE sign_in_throttles (
    key           bytea PRIMARY KEY NOT NULL,
    kind          text NOT NULL,
    failures      integer NOT NULL,
    failed_at     timestamptz NOT NULL,
    blocked_until timestamptz,
    succeeded_at  timestamptz
);
CREATE INDEX ix_sign_in_throttles_failed ON sign_in_throttles (failed_at);

-- One row: the settings of the whole installation.
CREATE TABLE installation_settings (
    name              text PRIMARY KEY,
    organization_name text NOT NULL,
    timezone          text NOT NULL,
    default_region    text NOT NULL,
    sender            jsonb NOT NULL,
    updated_at        timestamptz NOT NULL
);

-- Campaigns and actions that a key is limited to; null: none.
ALTER TABLE api_keys ADD COLUMN limits jsonb;

-- +goose Down

ALTER TABLE api_keys DROP COLUMN limits;
DROP TABLE installation_settings;
DROP TABLE sign_in_throttles;
DROP TABLE one_time_links;
DROP TABLE sessions;
DROP TABLE users;
