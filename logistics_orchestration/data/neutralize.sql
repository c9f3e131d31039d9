-- A copied database must not talk to anybody: every outside line is cut, in both directions.
UPDATE logistics_system
   SET state = 'disabled', outbound_url = NULL, secret_out_enc = NULL, secret_out_prev_enc = NULL,
       secret_in_enc = NULL, secret_in_prev_enc = NULL, auth_secret_enc = NULL, oauth_token_url = NULL,
       client_key_enc = NULL, client_cert = NULL, inbound_slug_prev = NULL, pull_token_hash = NULL, inbound_slug = 'neutralized-' || id;
UPDATE logistics_subscription SET url = NULL, active = false;
DELETE FROM logistics_outbox_pointer;
UPDATE logistics_outbox_message
   SET state = 'cancelled', cancel_reason = 'Neutralized copy'
 WHERE state IN ('pending', 'sending', 'held', 'dead');
-- the copy is not the one that is watched
DELETE FROM ir_config_parameter WHERE key = 'logistics.metrics_token_sha256';
UPDATE logistics_alert_rule SET send_mail = false;
-- a copy asks nobody
UPDATE logistics_poll SET active = false;
