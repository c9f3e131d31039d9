"""What each partner gets of an event, put into its message at fan-out: see :mod:`.mapping`.

Most subscriptions get the event's own bytes; they cost one look at their settings per batch, and no body is read.
"""

import json
import logging

from .envelope import HARD_LIMIT
from .mapping import MappingError, compile_shape, document_of

_logger = logging.getLogger(__name__)


class Shapes:
    """Shapes of subscriptions, compiled once per text."""

    def __init__(self):
        self._known = {}

    def apply(self, cr, messages):
        """Set ``payload`` of messages (dictionaries with event_id and subscription_id): the text this partner gets
        where it differs from the event's body, else None."""
        for message in messages:
            message["payload"] = None
        if not messages or not self._any(cr, {message["subscription_id"] for message in messages}):
            return
        payloads = self.payloads(cr, [(message["event_id"], message["subscription_id"]) for message in messages])
        for message in messages:
            message["payload"] = payloads.get((message["event_id"], message["subscription_id"]))

    @staticmethod
    def _any(cr, subscription_ids):
        """Whether one of these subscriptions may get anything but the event's own bytes."""
        cr.execute(
            """
            SELECT EXISTS (
                SELECT 1 FROM logistics_subscription s JOIN logistics_system y ON y.id = s.system_id
                 WHERE s.id = ANY(%s)
                   AND (s.field_list IS NOT NULL OR s.payload_mapping IS NOT NULL OR y.personal_data IS NOT TRUE
                        OR s.payload_format = 'document'))
            """,
            [sorted(subscription_ids)],
        )
        return cr.fetchone()[0]

    def payloads(self, cr, pairs):
        """{(event id, subscription id): text} of those that differ from the event's own body."""
        cr.execute(
            """
            SELECT q.* FROM (
                SELECT v.event_id, v.subscription_id, s.name,
                       NULLIF(btrim(s.field_list), ''), NULLIF(btrim(s.payload_mapping), ''),
                       CASE WHEN y.personal_data THEN NULL ELSE NULLIF(btrim(t.personal_paths), '') END,
                       COALESCE(s.payload_format, '') = 'document'
                  FROM unnest(%s::int[], %s::int[]) AS v(event_id, subscription_id)
                  JOIN logistics_event e ON e.id = v.event_id
                  JOIN logistics_subscription s ON s.id = v.subscription_id
                  JOIN logistics_system y ON y.id = s.system_id
                  LEFT JOIN logistics_event_type t ON t.id = e.type_id
            ) AS q(event_id, subscription_id, name, field_list, mapping, personal, document)
             WHERE q.field_list IS NOT NULL OR q.mapping IS NOT NULL OR q.personal IS NOT NULL OR q.document
            """,
            [list(column) for column in zip(*pairs, strict=True)],
        )
        shaped = [
            (event_id, subscription_id, self._shape(subscription_id, name, tuple(texts)), document)
            for event_id, subscription_id, name, *texts, document in cr.fetchall()
        ]
        bodies = self._bodies(cr, {row[0] for row in shaped})
        payloads = {}
        for event_id, subscription_id, shape, document in shaped:
            envelope, body = bodies[event_id]
            # whoever chose the document gets it whole: it was written for this partner
            text = (document and document_of(envelope)) or (shape(envelope) if shape else body)
            # What is too large for a post stays a link, which says nothing of the data; who follows it gets this shape.
            if text != body and len(text.encode()) <= HARD_LIMIT:
                payloads[event_id, subscription_id] = text
        return payloads

    @staticmethod
    def _bodies(cr, event_ids):
        """{event id: (whole envelope, the text that goes out)}."""
        if not event_ids:
            return {}
        cr.execute(
            "SELECT id, COALESCE(full_body, body), body FROM logistics_event WHERE id = ANY(%s)", [sorted(event_ids)]
        )
        return {event_id: (json.loads(whole or "{}"), body) for event_id, whole, body in cr.fetchall()}

    def _shape(self, subscription_id, name, texts):
        """The compiled shape. A mapping that cannot be read is left aside, a field list that cannot be read lets
        nothing through: rather too little than what was not meant for this partner."""
        known = self._known.get(texts)
        if known is None:
            field_list, mapping, personal = texts
            try:
                known = compile_shape(field_list, mapping, personal)
            except MappingError as error:
                _logger.error("Subscription %s (%s) gets a thinner form: %s", subscription_id, name, error)
                try:
                    known = compile_shape(field_list, None, personal) or compile_shape("-", None, None)
                except MappingError:
                    known = compile_shape("-", None, None)
            self._known[texts] = known
        return known
