-- +goose Up

CREATE TABLE campaigns (
    id                         text PRIMARY KEY,
    name                       text NOT NULL,
    type                       text NOT NULL,
    status                     text NOT NULL,
    channels                   text NOT NULL,
    objective                  text NOT NULL,
    instructions               text NOT NULL,
    timezone                   text NOT NULL,
    default_region             text NOT NULL,
    start_date                 text,
    end_date                   text,
    execution_mode             text NOT NULL,
    scheduled_at               datetime,
    manual_review              boolean NOT NULL,
    max_attempts               integer NOT NULL,
    min_hours_between_attempts integer NOT NULL,
    sender                     text NOT NULL,
    windows                    text NOT NULL,
    quiet_hours                text NOT NULL,
    eligibility                text NOT NULL,
    inbound                    text NOT NULL,
    frequency_cap              text,
    guardrails                 text NOT NULL,
    consent_basis              text,
    consent_attested_by        text,
    pause_reason               text,
    revision                   integer NOT NULL,
    seen_revision              integer NOT NULL,
    revised_at                 datetime NOT NULL,
    settings_revision          integer NOT NULL,
    reconcile_after            datetime NOT NULL,
    reconcile_tries            integer NOT NULL,
    created_at                 datetime NOT NULL,
    updated_at                 datetime NOT NULL,
    live_at                    datetime,
    resumed_at                 datetime,
    archived_at                datetime
);
CREATE INDEX ix_campaigns_created ON campaigns (created_at DESC, id DESC);

-- Set while contacts wait to be taken in; its row is also the lock under which contacts are deduplicated.
CREATE TABLE campaign_intake (
    campaign_id text PRIMARY KEY REFERENCES campaigns (id),
    pending     boolean NOT NULL,
    touched_at  datetime NOT NULL
);

CREATE TABLE contacts (
    id                        text PRIMARY KEY,
    campaign_id               text NOT NULL REFERENCES campaigns (id),
    first_name                text NOT NULL,
    last_name                 text NOT NULL,
    email                     text,
    phone                     text,
    -- What a search looks at, in lower case, each on a line of its own: a search of many reads nothing else of a contact.
    search_text               text GENERATED ALWAYS AS (
        ltrim(coalesce(phone, ''), '+') || char(10) || lower(coalesce(email, '')) || char(10) || lower(first_name || ' ' || last_name)
    ) STORED,
    timezone                  text,
    properties                text NOT NULL,
    external_id_key           text,
    external_id_value         text,
    source_kind               text NOT NULL,
    import_id                 text,
    status                    text NOT NULL,
    status_reason             text,
    attempts                  integer NOT NULL,
    unconfirmed               boolean NOT NULL,
    waiting_reason            text,
    waiting_until             datetime,
    waiting_detail            text NOT NULL,
    waiting_since             datetime,
    waiting_settings_revision integer NOT NULL,
    planner_failures          integer NOT NULL,
    status_note               text NOT NULL,
    last_outreach_at          datetime,
    last_outcome              text,
    last_reply_at             datetime,
    revision                  integer NOT NULL,
    seen_revision             integer NOT NULL,
    revised_at                datetime NOT NULL,
    taken_batch               text,
    taken_at                  datetime,
    run_id                    text,
    reconcile_after           datetime NOT NULL,
    reconcile_tries           integer NOT NULL,
    added_at                  datetime NOT NULL,
    finished_at               datetime,
    removed_at                datetime,
    created_at                datetime NOT NULL,
    updated_at                datetime NOT NULL
);
-- Removed contacts count: added again, they come back.
CREATE UNIQUE INDEX ux_contacts_phone ON contacts (campaign_id, phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX ux_contacts_email ON contacts (campaign_id, email) WHERE email IS NOT NULL;
-- Replies and suppressions name an address, not a campaign.
CREATE INDEX ix_contacts_any_phone ON contacts (phone, id) WHERE phone IS NOT NULL;
CREATE INDEX ix_contacts_any_email ON contacts (email, id) WHERE email IS NOT NULL;
CREATE INDEX ix_contacts_review ON contacts (campaign_id, id) WHERE status = 'awaiting_approval' AND removed_at IS NULL;
-- Lists, by each of their orders. Searches look at every contact, in the first of these alone.
CREATE INDEX ix_contacts_list ON contacts (campaign_id, created_at, id, removed_at, search_text) WHERE removed_at IS NULL;
CREATE INDEX ix_contacts_names ON contacts (campaign_id, lower(first_name), lower(last_name), id, removed_at) WHERE removed_at IS NULL;
CREATE INDEX ix_contacts_last ON contacts (campaign_id, last_outreach_at, id, removed_at) WHERE removed_at IS NULL;
CREATE INDEX ix_contacts_standings ON contacts (campaign_id, status, waiting_reason, created_at, id, removed_at) WHERE removed_at IS NULL;
-- Counts by status and reason are read from this index alone.
CREATE INDEX ix_contacts_counts ON contacts (campaign_id, status, waiting_reason, attempts, unconfirmed, removed_at)
    WHERE removed_at IS NULL;
CREATE INDEX ix_contacts_removed ON contacts (campaign_id, id) WHERE removed_at IS NOT NULL;
CREATE INDEX ix_contacts_untaken ON contacts (campaign_id, id)
    WHERE taken_batch IS NULL AND removed_at IS NULL AND finished_at IS NULL;
CREATE INDEX ix_contacts_batch ON contacts (campaign_id, taken_batch) WHERE taken_batch IS NOT NULL;
-- What reconcile and fan-out look at: contacts that a workflow is to finish, or whose last change it has not seen.
CREATE INDEX ix_contacts_open ON contacts (campaign_id, id)
    WHERE taken_batch IS NOT NULL AND finished_at IS NULL AND removed_at IS NULL;
-- Contacts that a bulk action ended: the campaign's fan-out has yet to tell their workflows.
CREATE INDEX ix_contacts_untold ON contacts (campaign_id, id)
    WHERE waiting_settings_revision = -1 AND revision <> seen_revision;
CREATE INDEX ix_contacts_unseen ON contacts (revised_at) WHERE revision <> seen_revision;
CREATE INDEX ix_contacts_unrun ON contacts (taken_at) WHERE taken_batch IS NOT NULL AND run_id IS NULL AND finished_at IS NULL;

CREATE TABLE outreaches (
    id               text PRIMARY KEY,
    campaign_id      text NOT NULL REFERENCES campaigns (id),
    contact_id       text NOT NULL REFERENCES contacts (id),
    attempt          integer NOT NULL,
    channel          text NOT NULL,
    resend           integer NOT NULL,
    state            text NOT NULL,
    send_at          datetime NOT NULL,
    time_set         boolean NOT NULL,
    version          integer NOT NULL,
    approved_version integer,
    edited           boolean NOT NULL,
    due_at           datetime,
    claim_token      text,
    claimed_at       datetime,
    address          text,
    provider_id      text,
    accepted_at      datetime,
    ended_at         datetime,
    outcome          text,
    result_code      text,
    error_detail     text,
    failures         integer NOT NULL,
    waiting_reason   text,
    waiting_until    datetime,
    created_at       datetime NOT NULL,
    updated_at       datetime NOT NULL
);
-- A second claim of the same attempt on the same channel cannot be written.
CREATE UNIQUE INDEX ux_outreaches_claim ON outreaches (contact_id, attempt, channel, resend) WHERE claim_token IS NOT NULL;
-- Nor can a second open outreach. A resend, which has a workflow of its own, stands beside it.
CREATE UNIQUE INDEX ux_outreaches_open ON outreaches (contact_id)
    WHERE state IN ('planned', 'approved', 'submitting') AND resend = 0;
CREATE UNIQUE INDEX ux_outreaches_resend ON outreaches (contact_id, attempt, channel, resend) WHERE resend > 0;
CREATE INDEX ix_outreaches_resends ON outreaches (id) WHERE resend > 0 AND state IN ('planned', 'approved');
-- Frequency caps count the claims of an address.
CREATE INDEX ix_outreaches_address ON outreaches (address, claimed_at) WHERE claimed_at IS NOT NULL;
-- Figures of a campaign are sums over its claims.
CREATE INDEX ix_outreaches_campaign ON outreaches (campaign_id, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX ix_outreaches_figures ON outreaches (campaign_id, contact_id, claimed_at, channel, attempt, state, outcome, id);
-- Guardrails count what bounced and what was complained of.
CREATE INDEX ix_outreaches_guarded ON outreaches (campaign_id, claimed_at) WHERE outcome IN ('bounced', 'opted_out');
CREATE INDEX ix_outreaches_contact ON outreaches (contact_id, id);
-- Lists by the channel of what is open.
CREATE INDEX ix_outreaches_channel ON outreaches (campaign_id, channel, contact_id)
    WHERE state IN ('planned', 'approved', 'submitting') AND resend = 0;
-- The review queue, the soonest first.
CREATE INDEX ix_outreaches_planned ON outreaches (send_at, id) WHERE state = 'planned' AND resend = 0;
CREATE INDEX ix_outreaches_submitting ON outreaches (campaign_id) WHERE state = 'submitting';
CREATE INDEX ix_outreaches_provider ON outreaches (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE outreach_versions (
    outreach_id       text NOT NULL REFERENCES outreaches (id),
    version           integer NOT NULL,
    subject           text,
    body              text NOT NULL,
    voicemail_text    text,
    reason            text NOT NULL,
    author            text NOT NULL,
    model             text NOT NULL,
    prompt_tokens     integer NOT NULL,
    completion_tokens integer NOT NULL,
    created_at        datetime NOT NULL,
    PRIMARY KEY (outreach_id, version)
);
CREATE INDEX ix_outreach_versions_cost ON outreach_versions (outreach_id, created_at, prompt_tokens, completion_tokens);

CREATE TABLE events (
    id          text PRIMARY KEY,
    outreach_id text NOT NULL REFERENCES outreaches (id),
    type        text NOT NULL,
    at          datetime NOT NULL,
    code        text,
    detail      text,
    dedupe_key  text NOT NULL,
    created_at  datetime NOT NULL
);
CREATE UNIQUE INDEX ux_events_dedupe ON events (outreach_id, dedupe_key);
-- Figures count these, and need none of the text beside them.
CREATE INDEX ix_events_figures ON events (outreach_id, type) WHERE type IN ('opened', 'clicked', 'bounced', 'complained');

-- What contacts answered.
CREATE TABLE replies (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    contact_id  text NOT NULL REFERENCES contacts (id),
    outreach_id text REFERENCES outreaches (id),
    channel     text NOT NULL,
    at          datetime NOT NULL,
    text        text NOT NULL,
    opt_out     boolean NOT NULL,
    provider_id text,
    created_at  datetime NOT NULL
);
CREATE INDEX ix_replies_contact ON replies (contact_id, at);
CREATE INDEX ix_replies_campaign ON replies (campaign_id, contact_id, at);
CREATE INDEX ix_replies_opt_outs ON replies (campaign_id, outreach_id) WHERE opt_out;
CREATE UNIQUE INDEX ux_replies_provider ON replies (channel, provider_id) WHERE provider_id IS NOT NULL;

-- Addresses that must not be contacted, for the whole installation.
CREATE TABLE suppressions (
    id           text PRIMARY KEY,
    channel      text NOT NULL,
    address      text,
    address_hash text NOT NULL,
    reason       text NOT NULL,
    source       text NOT NULL,
    created_at   datetime NOT NULL,
    swept_to_id   text,
    swept_at     datetime
);
CREATE UNIQUE INDEX ux_suppressions_address ON suppressions (address_hash, channel);
CREATE INDEX ix_suppressions_created ON suppressions (created_at DESC, id DESC);
CREATE INDEX ix_suppressions_unswept ON suppressions (id) WHERE swept_at IS NULL;

CREATE TABLE releases (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    kind        text NOT NULL,
    created_at  datetime NOT NULL
);
CREATE INDEX ix_releases_campaign ON releases (campaign_id, created_at);

CREATE TABLE imports (
    id               text PRIMARY KEY,
    campaign_id      text NOT NULL REFERENCES campaigns (id),
    source           text NOT NULL,
    status           text NOT NULL,
    file_name        text NOT NULL,
    "by"             text NOT NULL,
    created_at       datetime NOT NULL,
    rows             integer NOT NULL,
    created          integer NOT NULL,
    updated          integer NOT NULL,
    updated_by_phone integer NOT NULL,
    updated_by_email integer NOT NULL,
    skipped          integer NOT NULL,
    detail           text,
    day_key          text
);
CREATE INDEX ix_imports_campaign ON imports (campaign_id, created_at DESC);
CREATE UNIQUE INDEX ux_imports_day ON imports (campaign_id, day_key) WHERE day_key IS NOT NULL;

CREATE TABLE import_errors (
    id        integer PRIMARY KEY AUTOINCREMENT,
    import_id text NOT NULL REFERENCES imports (id),
    line      integer NOT NULL,
    field     text NOT NULL,
    code      text NOT NULL,
    detail    text NOT NULL
);
CREATE INDEX ix_import_errors_import ON import_errors (import_id, id);

CREATE TABLE api_keys (
    id           text PRIMARY KEY,
    name         text NOT NULL,
    role         text NOT NULL,
    key_hash     blob NOT NULL UNIQUE,
    created_at   datetime NOT NULL,
    expires_at   datetime,
    revoked_at   datetime,
    last_used_at datetime
);

-- Controls that came as signals, each carried out once: the run that received it, and its number in that run.
CREATE TABLE signal_controls (
    run_id     text NOT NULL,
    number     integer NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (run_id, number)
);

-- Calls that carried an Idempotency-Key, for 24 hours: what they answered, in ids and counts.
CREATE TABLE idempotency_keys (
    caller     text NOT NULL,
    key        text NOT NULL,
    route      text NOT NULL,
    body_hash  blob NOT NULL,
    answer     text NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX ix_idempotency_keys_created ON idempotency_keys (created_at);

-- +goose Down

DROP TABLE idempotency_keys;
DROP TABLE signal_controls;
DROP TABLE api_keys;
DROP TABLE import_errors;
DROP TABLE imports;
DROP TABLE suppressions;
DROP TABLE replies;
DROP TABLE releases;
DROP TABLE events;
DROP TABLE outreach_versions;
DROP TABLE outreaches;
DROP TABLE contacts;
DROP TABLE campaign_intake;
DROP TABLE campaigns;
