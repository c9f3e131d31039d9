"""Why a message waits, in words, worked out from the state of its lane, its subscription, its system and the relay."""

from odoo import _, api, fields, models
from odoo.tools import format_datetime

from ...relay.states import STATES

# Claims without a result from which on a message waits longer each time; see relay/reaper.py.
_SUSPECT = 3


class OutboxWaiting(models.Model):
    _inherit = "logistics.outbox.message"

    # what is not over yet; the index logistics_outbox_message_open_idx serves exactly this
    _OPEN = [("state", "in", ("pending", "sending", "held", "dead"))]

    waiting_reason = fields.Text(compute="_compute_waiting_reason", string="Why Is It Waiting?")
    blocked_by_id = fields.Many2one(
        "logistics.outbox.message", compute="_compute_waiting_reason", string="Waits Behind"
    )

    @api.depends("state", "is_head", "next_attempt_at", "attempt_count", "last_error", "claim_count")
    def _compute_waiting_reason(self):
        for message in self:
            message.blocked_by_id = message._blocking()
            words = message._waiting_words() if message.state in ("pending", "sending", "held") else []
            message.waiting_reason = "\n".join(words) or False

    def _blocking(self):
        """The message of the same lane that has to be done first, if any."""
        if self.state != "pending" or not self.lane or self.is_head:
            return self.browse()
        return self.search(
            [
                ("system_id", "=", self.system_id.id),
                ("lane", "=", self.lane),
                ("is_head", "=", True),
                ("state", "in", ("pending", "sending", "dead")),
            ],
            limit=1,
        )

    def _waiting_words(self):
        """Every reason that holds now, the one that counts most first."""
        self.ensure_one()
        if self.state == "sending":
            return [
                _(
                    "Relay %(relay)s is sending it. Without a result it is taken over at %(lease)s.",
                    relay=self.claimed_by,
                    lease=self._moment(self.lease_until),
                )
            ]
        if self.state == "held":
            reason = self.subscription_id.disabled_reason
            if self.subscription_id.active:
                return [_("Its subscription was switched on again: it goes out within moments, in its order.")]
            return [
                _(
                    "Its subscription %(name)s is switched off%(reason)s. Switched on, this goes out in its order.",
                    name=self.subscription_id.name,
                    reason=f" ({reason})" if reason else "",
                )
            ]
        words = self._system_words()
        if not self.subscription_id.active:
            words.append(_("Its subscription is switched off: it is about to be held."))
        if self.lane and not self.is_head:
            words.append(self._lane_words())
        else:
            words += self._turn_words()
        return words or self._due_words()

    def _system_words(self):
        """What the system as a whole stands in the way with."""
        system, now = self.system_id, fields.Datetime.now()
        if system.state == "paused":
            until = _(" until %s", self._moment(system.resume_at)) if system.resume_at else ""
            who = _(" by %s", system.paused_by_id.name) if system.paused_by_id else ""
            reason = f" ({system.pause_reason})" if system.pause_reason else ""
            return [_("%(system)s is paused", system=system.name) + until + who + reason + "."]
        if system.state == "suspended":
            since = self._moment(system.failing_since or system.suspended_at)
            return [
                _(
                    "%(system)s was suspended: every delivery failed since %(since)s. When it is back: Resume.",
                    system=system.name,
                    since=since,
                )
            ]
        if system.state == "disabled":
            return [_("%s is switched off: nothing goes out.", system.name)]
        words = []
        if system.paused_until and system.paused_until > now:
            words.append(_("The partner asked us to wait until %s.", self._moment(system.paused_until)))
        if system.breaker_state == "open":
            words.append(
                _(
                    "The breaker is open (%(reason)s): the next single try is at %(until)s.",
                    reason=system._breaker_words(),
                    until=self._moment(system.breaker_until),
                )
            )
        elif system.breaker_state == "half_open":
            words.append(_("The partner has failed: one single delivery is being tried, then the others follow."))
        return words

    def _lane_words(self):
        """It is not its turn: something about the same document comes first."""
        first = self._blocking()
        if not first:
            return _("The relay has still to look which message of %s comes next: a matter of moments.", self.lane)
        label = dict(STATES)[first.state].lower()
        if first.state == "dead":
            return _(
                "It waits behind %(message)s of the same document, which was given up: %(error)s. Replay or cancel it.",
                message=first.display_name,
                error=first.last_error or "",
            )
        why = f" ({first.last_error})" if first.last_error else ""
        return _(
            "It waits behind %(message)s of the same document, which is %(state)s%(why)s.",
            message=first.display_name,
            state=label,
            why=why,
        )

    def _turn_words(self):
        """It is its turn, but the time has not come."""
        words = []
        # a moment more: the database counts in microseconds, people do not
        if self.next_attempt_at and self.next_attempt_at > fields.Datetime.add(fields.Datetime.now(), seconds=1):
            again = self._moment(self.next_attempt_at)
            if self.claim_count >= _SUSPECT:
                words.append(
                    _(
                        "The relay ended %(count)s times while sending it: it is tried again at %(again)s.",
                        count=self.claim_count,
                        again=again,
                    )
                )
            elif self.last_error:
                words.append(
                    _(
                        "Attempt %(number)s failed: %(error)s. The next one is at %(again)s.",
                        number=self.attempt_count,
                        error=self.last_error,
                        again=again,
                    )
                )
            else:
                words.append(_("It is due at %s.", again))
        return words

    def _due_words(self):
        """Nothing stands in its way but the queue."""
        system, now = self.system_id, fields.Datetime.now()
        if system.rate_per_second and system.rate_next_at and system.rate_next_at > now:
            return [_("The limit of %s deliveries per second is used up: its turn comes.", system.rate_per_second)]
        under_way = self.search_count(
            [("system_id", "=", system.id), ("state", "=", "sending")], limit=system.max_in_flight
        )
        if under_way >= system.max_in_flight:
            return [_("%s deliveries are under way, as many as allowed at once: its turn comes.", under_way)]
        if not self._living_relays():
            return [_("It is due, but no relay process is alive: the scheduled action delivers within a minute.")]
        return [_("It is due and goes out within moments.")]

    def _moment(self, value):
        return format_datetime(self.env, value) if value else _("any moment")
