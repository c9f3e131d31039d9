"""Orders and changes that come in: ``order.received`` from any channel; and partners' receipts for our documents."""

from odoo import _, models
from odoo.exceptions import UserError

from ...parsers import change, native
from ...parsers.errors import OrderError
from ...parsers.neutral import digest
from ...relay.envelope import EnvelopeError, parse_envelope
from ..inbox.inbox_errors import Duplicate, Late, Quarantine

FACT = "order.received"


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_order_received(self, data):
        """A buyer orders, changes or cancels."""
        order = self._read_order(data)
        channel = self.env["logistics.channel"]._for_message(self, order)
        known = self._known_order(channel, order)
        order = self._whole_order(known, order)
        if not self._owns(FACT, warehouse=channel.warehouse_id):
            if known:
                return self._state_only(FACT, data, known, channel.warehouse_id)
            raise Quarantine(
                _(
                    "%(system)s may not place orders here (authority rule for %(fact)s). Allow it, then replay.",
                    system=self.system_id.name,
                    fact=FACT,
                )
            )
        if known:
            return self._order_again(known, channel, order)
        if order["purpose"] == "cancellation":
            raise Quarantine(
                _("%(reference)s is cancelled by the buyer and not known here. It is looked at again when the order "
                  "comes; else discard it.", reference=order["reference"]),
                early=True,
            )  # fmt: skip
        plan = self._plan(channel, order)
        made = known._logistics_create_received(self, channel, order, digest(order), plan)
        self._look_again(order["reference"])
        return made

    def _look_again(self, reference):
        """Changes and cancellations that came before their order are looked at again."""
        early = self.search(
            [
                ("system_id", "=", self.system_id.id),
                ("type", "=", FACT),
                ("subject", "=", reference),
                ("state", "=", "quarantined"),
                ("holds", "=", False),
                ("raw", "!=", False),
            ]
        )
        if early:
            early.action_replay()

    def _handle_document_acknowledged(self, data):
        """A partner's 997 or CONTRL: whether it could read a document of ours."""
        number = str(self._require(data, "group"))
        documents = self.env["logistics.channel.document"].search(
            [("channel_id.system_id", "=", self.system_id.id), ("answer", "=", "none")]
        )
        found = documents.filtered(lambda one: number.isdigit() and int(one.control) == int(number))
        if not found:
            raise Quarantine(_("No document with control number %(number)s waits for a receipt.", number=number))
        found._answered(bool(data.get("accepted")))
        return found.order_id or None

    def _read_order(self, data):
        """The neutral order of a message.

        :raises Quarantine: it cannot be read, with place and way out
        """
        if data.get("unreadable"):
            raise Quarantine(
                _("%(why)s Discard this message when the corrected order is here.", why=data["unreadable"])
            )
        try:
            return native.read(data)
        except OrderError as error:
            raise Quarantine(str(error)) from error

    def _known_order(self, channel, order):
        """The sales order of the buyer's number."""
        return self.env["sale.order"].search(
            [("logistics_channel_id", "=", channel.id), ("logistics_channel_ref", "=", order["reference"])], limit=1
        )

    def _whole_order(self, known, order):
        """A change that names only what is different, made into the whole order; any other as it is.

        :raises Quarantine: the order is not known here, or has no such line
        """
        if not order.get("partial"):
            return order
        if not known:
            raise Quarantine(
                _("%(reference)s is changed by the buyer and not known here. It is looked at again when the order "
                  "comes; else discard it.", reference=order["reference"]),
                early=True,
            )  # fmt: skip
        try:
            return change.apply(known.logistics_received or {}, order)
        except OrderError as error:
            raise Quarantine(str(error), known) from error

    def _plan(self, channel, order, partner=None):
        """What the order amounts to.

        :raises Quarantine: something in it is not known; all of it is named at once
        """
        plan = channel._match(order, partner)
        if plan.misses:
            words = "\n".join(miss.words for miss in plan.misses)
            raise Quarantine(
                _("%(words)s\nPress Map and Replay to say what it means.", words=words), code=plan.misses[0].code or "-"
            )
        return plan

    def _order_again(self, known, channel, order):
        """The same order number again: a repeat, a change or a cancellation."""
        told = digest(order)
        if told == known.logistics_received_digest:
            known._logistics_tell_repeated(self)
            raise Duplicate(_("%(order)s says the same already.", order=known.name), known)
        moment = self.occurred_at or self.received_at
        # a change that came before the order itself is no older: an order begins with its original
        early = (
            order["purpose"] != "original"
            and known.logistics_received.get("purpose") == "original"
            and self.received_at <= known.create_date
        )
        if known.logistics_received_at and moment < known.logistics_received_at and not early:
            known._logistics_tell_repeated(self)
            raise Late(
                _("%(order)s: the buyer said something newer on %(at)s.",
                  order=known.name, at=known.logistics_received_at),
                known,
            )  # fmt: skip
        if known.state == "cancel":
            if order["purpose"] == "cancellation":
                known._logistics_tell_repeated(self)
                raise Duplicate(_("%(order)s is cancelled already.", order=known.name), known)
            raise Quarantine(
                _("%(order)s is cancelled here. Set it to quotation and replay, or discard the message and tell the "
                  "buyer.", order=known.name), known,
            )  # fmt: skip
        if order["purpose"] == "cancellation":
            known._logistics_buyer_cancels(self, order, told)
        else:
            plan = self._plan(channel, order, known.partner_id)
            known._logistics_buyer_changes(self, order, told, plan)
        return known

    # -- map and replay -----------------------------------------------------------------------------------------

    def action_map_and_replay(self):
        if self.type == FACT:
            return self.env["logistics.order.map"]._open_for(self)
        return super().action_map_and_replay()

    def _order_data(self):
        """What the adapter made of it, else the data of our own envelope.

        :raises Quarantine: it is no envelope
        """
        if self.data:
            return self.data
        try:
            return parse_envelope((self.raw or "").encode()).data
        except EnvelopeError as error:
            raise Quarantine(str(error)) from error

    def _order_misses(self):
        """What of the order is not known: (channel, misses, customer if known). Nothing that matching created stays.

        :raises UserError: it cannot be read or belongs to no channel
        """
        self.ensure_one()
        # sudo: who may map may have it looked at; the wizard's own rights were checked
        message = self.sudo()._as_worker()
        try:
            order = message._read_order(message._order_data())
            channel = message.env["logistics.channel"]._for_message(message, order)
            order = message._whole_order(message._known_order(channel, order), order)
        except Quarantine as outcome:
            raise UserError(outcome.reason) from outcome
        with self.env.cr.savepoint() as savepoint:
            plan = channel._match(order)
            misses = list(plan.misses)
            partner_id = plan.partner.id if plan.partner else False
            savepoint.rollback()
        return channel, misses, message.env["res.partner"].browse(partner_id).exists()
