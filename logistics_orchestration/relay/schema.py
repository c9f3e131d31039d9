"""What the engine needs from the database: lock numbers, channels, indexes and table settings.

The Odoo models create the tables; their ``init`` runs :data:`MESSAGE_DDL`. The engine's own tests run the same
statements on bare tables, so what is tested there is what is used.
"""

# NOTIFY channels: Odoo -> router "there are pointers"; router -> pumps "there are messages".
CHANNEL_POINTERS = "logistics_outbox"
CHANNEL_MESSAGES = "logistics_outbox_due"

# First half of two-part advisory locks. (WORKER, 0) is the leader, (WORKER, n) is relay process n,
# (SLOT, system * 64 + n) is one call under way to a system, (ALONE, 0) is the process that sends a suspect alone.
LOCK_WORKER = 0x4C4F4749
LOCK_SLOT = 0x4C4F4753
LOCK_ALONE = 0x4C4F4741
LEADER = 0

MESSAGE_DDL = (
    # claims: due heads of one system, oldest first, but for suspects (the index it replaces had them)
    """
    DROP INDEX IF EXISTS logistics_outbox_message_due_idx
    """,
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_ready_idx
        ON logistics_outbox_message (system_id, next_attempt_at, id)
        WHERE state = 'pending' AND is_head AND claim_count < 3
    """,
    # in flight per system; the reaper
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_sending_idx
        ON logistics_outbox_message (system_id, claimed_by) WHERE state = 'sending'
    """,
    # the next of a lane
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_lane_idx
        ON logistics_outbox_message (system_id, lane, position) WHERE state = 'pending' AND lane IS NOT NULL
    """,
    # at most one head per lane: the guard of the order
    """
    CREATE UNIQUE INDEX IF NOT EXISTS logistics_outbox_message_head_idx
        ON logistics_outbox_message (system_id, lane)
        WHERE is_head AND state IN ('pending', 'sending', 'dead') AND lane IS NOT NULL
    """,
    # lists of the user interface and the watchdog: what is not simply done
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_trouble_idx
        ON logistics_outbox_message (state, system_id) WHERE state IN ('held', 'dead')
    """,
    # what waits for its subscription to be switched on again
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_held_idx
        ON logistics_outbox_message (subscription_id, lane, position) WHERE state = 'held'
    """,
    # what may be killing the relay (suspects.py)
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_suspect_idx
        ON logistics_outbox_message (next_attempt_at) WHERE state = 'pending' AND is_head AND claim_count >= 3
    """,
    # events that were voided while a message of theirs was under way
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_pointer_void_idx
        ON logistics_outbox_pointer (void_event_id) WHERE void_event_id IS NOT NULL
    """,
    # the relay's own notes on rate limits (rates.py); nobody else's, so it is no model
    """
    CREATE TABLE IF NOT EXISTS logistics_relay_rate (system_id int PRIMARY KEY, next_at timestamp)
      WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)
    """,
    # Rows change state four times in their life: dead versions must not pile up in the indexes.
    """
    ALTER TABLE logistics_outbox_message SET (
        fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05)
    """,
    """
    ALTER TABLE logistics_outbox_pointer SET (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)
    """,
)

# Columns the engine reads or writes; a test compares them with what the models created.
COLUMNS = {
    "logistics_outbox_message": (
        "id", "event_id", "system_id", "subscription_id", "company_id", "type_name", "ordering_key", "lane",
        "position", "webhook_id", "payload", "state", "is_head", "attempt_count", "replay_count", "claim_count",
        "suspect_count", "claim_token", "claimed_by", "lease_until", "next_attempt_at", "last_status", "last_error",
        "delivered_at", "dead_at", "cancel_reason", "created_at",
    ),
    "logistics_outbox_attempt": (
        "id", "message_id", "system_id", "webhook_id", "attempt_number", "started_at", "duration_ms", "status_code",
        "outcome", "error", "response_excerpt", "worker", "superseded", "sent",
    ),
    "logistics_outbox_pointer": (
        "id", "event_id", "void_reason", "recheck_system_id", "recheck_key", "hold_subscription_id",
        "void_event_id",
    ),
    "logistics_relay_notice": ("id", "kind", "system_id", "message_id", "detail", "created_at"),
    "logistics_subscription": ("id", "system_id", "domain", "url", "active", "disabled_reason", "disabled_at"),
    "logistics_event": (
        "id", "uid", "type_id", "type_name", "ordering_key", "company_id", "body", "res_model", "res_id", "create_date",
    ),
    "logistics_event_type": (
        "id", "name", "valid_minutes", "valid_table", "valid_column", "valid_values", "supersede",
    ),
    "logistics_system": (
        "id", "name", "state", "company_id", "outbound_url", "signing", "secret_out_enc", "secret_out_prev_enc",
        "secret_out_prev_until", "auth_type", "auth_user", "auth_header", "auth_secret_enc", "timeout",
        "max_in_flight", "rate_per_second", "ordering", "dead_policy", "retry_schedule",
        "content_type", "paused_until", "breaker_state", "breaker_failures", "breaker_until", "failing_since",
        "suspend_after_hours", "suspended_at", "allow_http", "allowed_networks", "write_date",
        "breaker_trips", "breaker_ramp", "breaker_window", "breaker_reason", "breaker_threshold", "breaker_percent",
        "breaker_answers", "breaker_wait", "breaker_longest_wait",
    ),
}  # fmt: skip
