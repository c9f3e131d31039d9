"""A shipment's carrier chosen by policy: offers are asked for, compared, and the best one is booked or shown."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    offer_ids = fields.One2many("logistics.carrier.offer", "shipment_id", string="Offers", readonly=True)
    rating_ids = fields.One2many("logistics.carrier.rating", "shipment_id", readonly=True)
    rating_state = fields.Selection(
        [("requested", "Asking the carriers"), ("done", "Offers are here")], compute="_compute_rating_state"
    )
    offer_count = fields.Integer(compute="_compute_rating_state")
    rate_policy_id = fields.Many2one(
        "logistics.rate.policy",
        string="Carrier Policy",
        compute="_compute_rate_policy_id",
        help="How its carrier is chosen; empty: the cheapest that keeps the promise is recommended.",
    )

    @api.depends("rating_ids.state", "offer_ids")
    def _compute_rating_state(self):
        for shipment in self:
            states = set(shipment.rating_ids.mapped("state"))
            shipment.rating_state = "requested" if "requested" in states else "done" if states else False
            shipment.offer_count = len(shipment.offer_ids)

    @api.depends("company_id", "warehouse_id", "partner_id")
    def _compute_rate_policy_id(self):
        for shipment in self:
            shipment.rate_policy_id = self.env["logistics.rate.policy"]._for_shipment(shipment)

    # -- asking -------------------------------------------------------------------------------------------------------

    def action_get_rates(self):
        """Ask every carrier account that could ship this for its offers; they come in a moment."""
        self._require_group("group_planner", _("Get rates"))
        # sudo: the right to ask was checked; planners do not open accounts
        for shipment in self.sudo():
            shipment.rating_ids._request_for(shipment)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": _("The carriers are asked. Their offers appear on the shipment in a moment."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_offers(self):
        """The offers side by side, best first."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_carrier_connector.action_carrier_offer")
        latest = self.offer_ids.rating_id.sorted("id")[-1:].batch
        action.update(
            name=_("Offers for %(names)s", names=", ".join(self.mapped("name"))),
            domain=[("shipment_id", "in", self.ids), ("rating_id.batch", "=", latest)]
            if len(self) == 1
            else [("shipment_id", "in", self.ids)],
            views=[[False, "kanban"], [False, "tree"], [False, "pivot"]],
            context={},
        )
        return action

    # -- by itself ----------------------------------------------------------------------------------------------------

    def _logistics_book_carrier(self):
        """Where the policy says so, offers come first and the best of them is booked."""
        left = self.filtered(lambda shipment: not shipment._compared_first())
        return super(Shipment, left)._logistics_book_carrier()

    def _compared_first(self):
        """Ask for offers before anything is booked, where that is wanted and can be; whether that is under way."""
        self.ensure_one()
        if self.env.context.get("logistics_compared") or not self._logistics_enforced("carrier"):
            return False
        if self._live_booking() or self._has_left():
            return False
        policy = self.rate_policy_id
        if not policy._books_by_itself(self):
            return False
        shipment = self.sudo()  # sudo: a rule causes it; see _logistics_book_carrier of the booking
        if shipment.rating_ids.filtered(lambda rating: rating.state == "requested" and rating.deadline_at):
            return True
        try:
            shipment.rating_ids._request_for(shipment, deadline=policy._deadline())
        except UserError as error:
            if not self.carrier_id:
                shipment._logistics_activity(_("Choose a carrier"), str(error))
                return True
            return False
        return True

    def _book_best(self, choice, why):
        """Offers are here: book the best one, or tell a planner why not.

        :param choice: ``adapters.Choice``
        :param str why: the same in words
        """
        self.ensure_one()
        if self._live_booking() or self._has_left():
            return
        offer = self.env["logistics.carrier.offer"].browse(choice.key or ())
        if offer and offer.carrier_id:
            offer._take(_("%(why)s (policy %(policy)s)", why=why, policy=self.rate_policy_id.name))
        elif choice.reason == "none" and self.carrier_id._logistics_account(self.company_id):
            # Nobody could be asked for a price: the order's own shipping method is as good as ever.
            self.message_post(body=_("No carrier made an offer: booked with the order's own shipping method."))
            self.with_context(logistics_compared=True)._logistics_book_carrier()
        else:
            self._logistics_activity(_("Choose a carrier"), why)
