"""What warehouses say about fulfilment requests."""

from odoo import _, models

from ...relay.envelope import EnvelopeError, parse_time
from ..inbox.inbox_errors import Duplicate, Late, Quarantine, Stated

# Codes with which a warehouse refuses to let go of a request it was asked to cancel.
CANCEL_REFUSED = ("cancel_refused", "cancellation_refused")


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _fulfillment(self, data, fact):
        """The request a message is about, after checking that the sender may speak for it.

        :raises Quarantine: no such request, or another system's
        :raises Stated: the sender does not own the fact
        """
        name = str(self._require(data, "fulfillment"))
        request = self.env["logistics.fulfillment"].search(
            [("name", "=", name), ("company_id", "=", self.system_id.company_id.id)], limit=1
        )
        if not request:
            raise Quarantine(
                _("Fulfilment request %(name)s is unknown. Correct the reference, or discard the message.", name=name)
            )
        if not self._owns(fact, warehouse=request.warehouse_id):
            self._state_only(fact, data, request, request.warehouse_id)
        if request.system_id != self.system_id:
            raise Quarantine(
                _(
                    "%(request)s was asked of %(other)s, not of %(system)s.",
                    request=name,
                    other=request.system_id.name or _("our own people"),
                    system=self.system_id.name,
                ),
                request,
            )
        return request

    def _handle_fulfillment_accepted(self, data):
        """The warehouse will do it."""
        request = self._fulfillment(data, "fulfillment.accepted")
        if request.state in ("requested", "timed_out"):
            request._transition(
                "accepted",
                "warehouse",
                accepted_at=self.occurred_at,
                expected_ship_at=self._time_in(data, "expected_ship_at"),
            )
        elif request.picked_here:
            raise Late(_("%(request)s is picked by people meanwhile.", request=request.name), request)
        elif request.state == "accepted":
            raise Duplicate(_("%(request)s was accepted already.", request=request.name), request)
        else:
            raise self._too_late(request)
        return request

    def _handle_fulfillment_rejected(self, data):
        """The warehouse will not do it, or lets go of what was taken back."""
        request = self._fulfillment(data, "fulfillment.rejected")
        reason = str(data.get("reason") or "").strip() or _("%(system)s gave no reason", system=self.system_id.name)
        refused = data.get("code") in CANCEL_REFUSED
        if request.picked_here:
            request._back_to_us(reason, refused)
        elif request._asked_to_stop():
            if not refused:
                request._transition("cancelled", "warehouse", reason)
            elif request.state == "cancel_requested":
                request._transition("accepted", "warehouse", reason)
            else:  # it ships what is left of it too
                request._not_let_go("accepted", "warehouse")
        elif request.state in ("requested", "accepted", "timed_out"):
            request._transition("rejected", "warehouse", reason)
            request._tell_owner(_("Rejected by the warehouse: %(request)s", request=request.name), reason)
        elif request.state == "rejected":
            raise Duplicate(_("%(request)s was rejected already.", request=request.name), request)
        else:
            raise self._too_late(request)
        return request

    def _handle_fulfillment_cancelled(self, data):
        """The warehouse has let go: the same as rejecting what was taken back."""
        return self._handle_fulfillment_rejected(dict(data, code="cancelled"))

    def _handle_fulfillment_cancel_rejected(self, data):
        """The warehouse does not let go: it ships what it was asked for."""
        return self._handle_fulfillment_rejected(dict(data, code=CANCEL_REFUSED[0]))

    def _handle_picking_completed(self, data):
        """Picked and packed: the transfers are done with what was picked, at the time the warehouse says.

        Also the rest of what was picked short before: whoever finds it later delivers it.
        """
        request = self._fulfillment(data, "picking.completed")
        self._check_pickable(request, "picking.completed", data)
        lines = self._require(data, "lines")
        if request._may_find_rest():
            request._transition("accepted", "warehouse", _("Found after all"), found_short=False)
        if not request._apply_pick(lines, data.get("packages"), done_at=request._done_at(self._said_done(data))):
            raise Quarantine(_("%(request)s: every quantity is zero.", request=request.name), request)
        return request

    def _handle_picking_short(self, data):
        """Picked less than asked: what was picked goes, the rest waits in a backorder.

        Only the lines it names are touched; what it does not name stays open. What is missing of those it names is a
        person's (to-do); the warehouse may still find it and say so with ``picking.completed``.
        """
        request = self._fulfillment(data, "picking.short")
        self._check_pickable(request, "picking.short", data)
        lines = self._require(data, "lines")
        reasons = [str(line.get("reason")) for line in lines if isinstance(line, dict) and line.get("reason")]
        reason = ", ".join(dict.fromkeys(reasons)) or _("Picked short")
        done_at = request._done_at(self._said_done(data))
        if request._apply_pick(lines, data.get("packages"), key="picked", done_at=done_at):
            request.reason = reason
        elif request.state == "rejected":
            raise Duplicate(_("%(request)s: that nothing was found is known.", request=request.name), request)
        elif request.state in ("requested", "accepted", "timed_out") and request._names_all(lines):
            request._transition(
                "rejected", "warehouse", _("Nothing was picked: %(reason)s", reason=reason), found_short=True
            )
        elif request.state in ("requested", "timed_out"):
            request._transition("accepted", "warehouse", reason)  # it is at the other lines
        else:
            request.reason = reason
        request._tell_owner(_("Picked short: %(request)s", request=request.name), reason)
        return request

    def _check_pickable(self, request, fact, data):
        """Whether a pick report can still have an effect on the request.

        :raises Late: it was done already, and this says the same (or nothing that can be compared)
        :raises Stated: it was done already by people, with other quantities: a person settles the discrepancy
        """
        if request.state == "done" or (request.state == "partially_done" and request.manual):
            if request.manual and request.move_ids.filtered(lambda move: move.state == "done"):
                statement = self.env["logistics.statement"]._keep(self, fact, data, request, request.warehouse_id)
                if statement.verdict == "differs":
                    request._tell_owner(
                        _("%(request)s: picked twice, or counted differently", request=request.name),
                        _("People in Odoo and the warehouse report different quantities. Settle the discrepancy."),
                    )
                    raise Stated(
                        _("%(request)s was done by hand with other quantities: kept as a statement, to be settled.",
                          request=request.name), request,
                    )  # fmt: skip
            raise self._too_late(request)
        if request.state in ("rejected", "cancelled") and not request._may_find_rest():
            labels = dict(request._fields["state"]._description_selection(self.env))
            raise Quarantine(
                _(
                    "%(request)s is %(state)s, yet it was picked. Ask for it again and replay, or discard the message.",
                    request=request.name,
                    state=labels[request.state].lower(),
                ),
                request,
            )

    def _too_late(self, request):
        """The outcome for words that are overtaken, saying by what."""
        if request.manual and request.state in ("done", "partially_done"):
            words = _(
                "%(request)s was done by hand already: %(reason)s", request=request.name, reason=request.reason or ""
            )
        else:
            labels = dict(request._fields["state"]._description_selection(self.env))
            words = _("%(request)s is %(state)s already.", request=request.name, state=labels[request.state].lower())
        return Late(words, request)

    @staticmethod
    def _said_done(data):
        """When the warehouse says it was done: ``completed_at``, or ``done_at`` as in our own events."""
        return data.get("completed_at") or data.get("done_at")

    def _time_in(self, data, key):
        """The time in an optional key, or False.

        :raises Quarantine: naming the key when it is no time
        """
        if not data.get(key):
            return False
        try:
            return parse_time(data[key])
        except EnvelopeError as error:
            raise Quarantine(f"{key}: {error}") from error
