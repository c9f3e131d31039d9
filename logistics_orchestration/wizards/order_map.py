"""Map and replay: say what a buyer's unknown codes mean, all of an order at once, and have what waits processed."""

from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError


class OrderMap(models.TransientModel):
    _name = "logistics.order.map"
    _description = "Map an Order and Replay"

    message_id = fields.Many2one("logistics.inbox.message", required=True, readonly=True, ondelete="cascade")
    channel_id = fields.Many2one("logistics.channel", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    reason = fields.Text(related="message_id.reason")
    line_ids = fields.One2many("logistics.order.map.line", "wizard_id")
    waiting_count = fields.Integer(compute="_compute_waiting_count", string="Orders That Wait")

    @api.model
    def _open_for(self, message):
        """Window with what an inbox message waits for.

        :raises UserError: it does not wait, or everything in it is known by now
        """
        if message.state != "quarantined":
            raise UserError(_("Message %(id)s does not wait for anything to be mapped.", id=message.external_id))
        self.env["logistics.channel.code"].check_access_rights("create")
        channel, misses, partner = message._order_misses()
        if not misses:
            raise UserError(_("Everything in this order is known by now: press Replay."))
        wizard = self.create(
            {
                "message_id": message.id,
                "channel_id": channel.id,
                "partner_id": partner.id,
                "line_ids": [
                    Command.create({"kind": one.kind, "code": one.code, "label": one.label, "words": one.words})
                    for one in misses
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("What Does This Order Mean?"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    @api.depends("channel_id")
    def _compute_waiting_count(self):
        for wizard in self:
            wizard.waiting_count = len(wizard._waiting())

    def _waiting(self):
        """The orders of the channel's system that wait in quarantine."""
        self.ensure_one()
        # sudo: a figure, and what is replayed; who may map was asked when the window was opened
        messages = self.env["logistics.inbox.message"].sudo()
        return messages.search(
            [
                ("system_id", "=", self.channel_id.system_id.id),
                ("state", "=", "quarantined"),
                ("type", "=", "order.received"),
            ],
            order="id",
        )

    def action_apply(self):
        """Keep what each code means, then process again every order of this channel's system that waits.

        :raises UserError: nothing was said
        """
        self.ensure_one()
        said = self.line_ids.filtered(lambda line: line._is_said())
        if not said:
            raise UserError(_("Choose at least one meaning. What you leave empty waits on."))
        for line in said:
            line._keep()
        waiting = self._waiting()
        waiting.action_replay()
        self.channel_id.sudo().message_post(  # sudo: a note for whoever looks after the channel
            body=_(
                "%(user)s mapped %(codes)s and replayed %(count)s order(s).",
                user=self.env.user.name,
                codes=", ".join(said.mapped("code")),
                count=len(waiting),
            )
        )
        return {"type": "ir.actions.act_window_close"}
