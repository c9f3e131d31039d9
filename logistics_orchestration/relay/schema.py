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

# Where rows are looked up by id or event, conditions on their state say COALESCE(state, ''): the planner must not take
# a partial index for them. Its statistics are those of a quiet day, when next to nothing was waiting; in an outage the
# index holds the whole backlog, and each look-up would read all of it (measured: a third of the throughput is left).
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
    # what is not over yet, by system: the outbox list, the figures of a system
    """
    CREATE INDEX IF NOT EXISTS logistics_outbox_message_open_idx
        ON logistics_outbox_message (system_id, id) WHERE state IN ('pending', 'sending', 'held', 'dead')
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

# Autovacuum of every table that is written all the time, by what kind of table it is. The defaults wait for a fifth of
# the table: with millions of rows that is never. Hot rows are updated again and again: dead versions go early, as fast
# as the machine can. Logs only grow until retention thins them out: what is new is made visible to index-only scans and
# frozen in small steps. Where a table stands in DDL above too, both say the same.
_HOT = {
    "autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 2000, "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.05,
}  # fmt: skip
_LOG = {
    "autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_threshold": 5000,
    "autovacuum_vacuum_insert_scale_factor": 0.02, "autovacuum_vacuum_insert_threshold": 20000,
    "autovacuum_analyze_scale_factor": 0.05,
}  # fmt: skip
TABLE_SETTINGS = {
    "logistics_outbox_message": {**_HOT, "fillfactor": 80},
    "logistics_outbox_pointer": _HOT,
    "logistics_relay_notice": _HOT,
    "logistics_inbox_message": _HOT,
    "logistics_event_task": _HOT,
    "logistics_meter": {**_HOT, "fillfactor": 50},
    "logistics_system": {**_HOT, "autovacuum_vacuum_threshold": 500, "fillfactor": 70},
    "logistics_outbox_attempt": _LOG,
    "logistics_event": _LOG,
    "logistics_feed_entry": _LOG,
    "logistics_statement": _LOG,
    "logistics_observation": _LOG,
    "logistics_refusal": _LOG,
}

# Columns the engine reads or writes; a test compares them with what the models created.
COLUMNS = {
    "logistics_outbox_message": (
        "id", "event_id", "system_id", "subscription_id", "company_id", "type_name", "ordering_key", "lane",
        "position", "webhook_id", "payload", "state", "is_head", "attempt_count", "replay_count", "claim_count",
        "suspect_count", "claim_token", "claimed_by", "lease_until", "next_attempt_at", "last_status", "last_error",
        "delivered_at", "dead_at", "cancel_reason", "created_at", "last_failure",
    ),
    "logistics_outbox_attempt": (
        "id", "message_id", "system_id", "webhook_id", "attempt_number", "started_at", "duration_ms", "status_code",
        "outcome", "error", "response_excerpt", "worker", "superseded", "sent", "failure", "dns_ms", "connect_ms",
        "tls_ms", "auth_ms", "first_byte_ms", "reused", "address",
    ),
    "logistics_outbox_pointer": (
        "id", "event_id", "void_reason", "recheck_system_id", "recheck_key", "hold_subscription_id",
        "void_event_id",
        "only_subscription_id",
    ),
    "logistics_relay_notice": ("id", "kind", "system_id", "message_id", "detail", "created_at"),
    "logistics_event": (
        "id", "uid", "type_id", "type_name", "ordering_key", "company_id", "body", "full_body", "res_model", "res_id",
        "create_date",
    ),
    "logistics_event_type": (
        "id", "name", "valid_minutes", "valid_table", "valid_column", "valid_values", "supersede", "personal_paths",
    ),
    "logistics_subscription": (
        "id", "system_id", "domain", "url", "active", "disabled_reason", "disabled_at", "field_list",
        "payload_mapping", "payload_format",
    ),
    "logistics_system": (
        "id", "name", "state", "company_id", "outbound_url", "signing", "secret_out_enc", "secret_out_prev_enc",
        "secret_out_prev_until", "auth_type", "auth_user", "auth_header", "auth_secret_enc", "timeout",
        "max_in_flight", "rate_per_second", "ordering", "dead_policy", "retry_schedule",
        "content_type", "paused_until", "breaker_state", "breaker_failures", "breaker_until", "failing_since",
        "suspend_after_hours", "suspended_at", "allow_http", "allowed_networks", "write_date",
        "breaker_trips", "breaker_ramp", "breaker_window", "breaker_reason", "breaker_threshold", "breaker_percent",
        "breaker_answers", "breaker_wait", "breaker_longest_wait",
        "oauth_token_url", "oauth_scope", "oauth_audience", "oauth_method", "client_cert", "client_key_enc",
        "ca_bundle", "dead_statuses",
        "personal_data", "delivery", "kind", "code",
    ),
    "logistics_feed_entry": ("id", "event_id", "type_id", "company_id", "created_at"),
}  # fmt: skip
