-- The tables of the engine as the Odoo models make them, without Odoo. The indexes come from relay/schema.py.
CREATE TABLE logistics_system (
    id serial PRIMARY KEY, name varchar, company_id int, state varchar DEFAULT 'active', outbound_url varchar,
    signing varchar DEFAULT 'standard_webhooks', secret_out_enc varchar, secret_out_prev_enc varchar,
    secret_out_prev_until timestamp, auth_type varchar DEFAULT 'none', auth_user varchar, auth_header varchar,
    auth_secret_enc varchar, timeout float DEFAULT 5, max_in_flight int DEFAULT 4, rate_per_second float DEFAULT 0,
    ordering varchar DEFAULT 'key', dead_policy varchar DEFAULT 'skip',
    retry_schedule varchar DEFAULT '1,1,1', content_type varchar DEFAULT 'application/json', paused_until timestamp,
    breaker_state varchar DEFAULT 'closed', breaker_failures int DEFAULT 0, breaker_until timestamp,
    failing_since timestamp, suspend_after_hours int DEFAULT 24, suspended_at timestamp,
    breaker_trips int, breaker_ramp int, breaker_window varchar, breaker_reason varchar,
    breaker_threshold int DEFAULT 5, breaker_percent int DEFAULT 70, breaker_answers int DEFAULT 10,
    breaker_wait int DEFAULT 30, breaker_longest_wait int DEFAULT 900,
    oauth_token_url varchar, oauth_scope varchar, oauth_audience varchar,
    oauth_method varchar DEFAULT 'client_secret_basic', client_cert text, client_key_enc varchar, ca_bundle text,
    dead_statuses varchar DEFAULT '400,413,422',
    allow_http bool DEFAULT true, allowed_networks varchar DEFAULT '127.0.0.0/8',
    personal_data bool DEFAULT true, delivery varchar DEFAULT 'push', kind varchar, code varchar,
    inbound_slug varchar UNIQUE, write_date timestamp DEFAULT timezone('UTC', now()));
CREATE TABLE logistics_event_type (
    id serial PRIMARY KEY, name varchar, valid_minutes int DEFAULT 0, valid_table varchar, valid_column varchar,
    valid_values varchar, supersede varchar DEFAULT 'none', personal_paths text);
CREATE TABLE logistics_feed_entry (
    id serial PRIMARY KEY, event_id int UNIQUE NOT NULL, type_id int, company_id int, created_at timestamp);
-- what events are about: any table of Odoo's
CREATE TABLE some_document (id serial PRIMARY KEY, state varchar);
CREATE TABLE logistics_event (
    id serial PRIMARY KEY, uid varchar UNIQUE NOT NULL, type_id int, type_name varchar, ordering_key varchar,
    company_id int, body text, full_body text, res_model varchar, res_id int, create_date timestamp DEFAULT timezone('UTC', now()));
CREATE INDEX ON logistics_event (res_model, res_id, id);
CREATE TABLE logistics_subscription (
    id serial PRIMARY KEY, name varchar, system_id int NOT NULL REFERENCES logistics_system, domain varchar,
    url varchar, active bool DEFAULT true, disabled_reason varchar, disabled_at timestamp,
    field_list text, payload_mapping text, payload_format varchar DEFAULT 'envelope');
CREATE TABLE logistics_subscription_event_type_rel (
    subscription_id int NOT NULL, event_type_id int NOT NULL, PRIMARY KEY (subscription_id, event_type_id));
CREATE TABLE logistics_outbox_pointer (
    id serial PRIMARY KEY, event_id int, void_reason varchar, recheck_system_id int, recheck_key varchar,
    hold_subscription_id int, void_event_id int, only_subscription_id int);
CREATE TABLE logistics_outbox_message (
    id serial PRIMARY KEY,
    event_id int NOT NULL REFERENCES logistics_event,
    system_id int NOT NULL REFERENCES logistics_system,
    subscription_id int NOT NULL REFERENCES logistics_subscription,
    company_id int, type_name varchar, ordering_key varchar, lane varchar, position int, webhook_id varchar,
    payload text, state varchar NOT NULL, is_head bool, attempt_count int, replay_count int, claim_count int,
    suspect_count int, claim_token int, claimed_by int, lease_until timestamp, next_attempt_at timestamp, last_status int,
    last_error text, last_failure varchar, delivered_at timestamp, dead_at timestamp, cancel_reason varchar, created_at timestamp,
    UNIQUE (event_id, subscription_id));
CREATE TABLE logistics_outbox_attempt (
    id serial PRIMARY KEY, message_id int NOT NULL REFERENCES logistics_outbox_message, system_id int,
    webhook_id varchar, attempt_number int, started_at timestamp, duration_ms int, status_code int, outcome varchar,
    error text, response_excerpt text, worker int, superseded bool, sent bool, failure varchar,
    dns_ms float, connect_ms float, tls_ms float, auth_ms float, first_byte_ms float, reused bool, address varchar,
    user_id int, user_name varchar);
CREATE INDEX ON logistics_outbox_attempt (message_id);
CREATE TABLE logistics_relay_notice (
    id serial PRIMARY KEY, kind varchar, system_id int, message_id int, detail varchar, created_at timestamp);
