"""A question to one carrier account about an order not packed yet; asked by the worker, answered with offers."""

import uuid

from odoo import _, api, fields, models

from ... import adapters


class OrderRating(models.Model):
    _name = "logistics.order.rating"
    _description = "Rate Request for an Order"
    _inherit = ["logistics.carrier.call"]
    _order = "id desc"
    _work_cron_id = "logistics_carrier_connector.cron_order_rating"
    _work_schedule = (5, 30, 120)
    _work_max_attempts = 4

    order_id = fields.Many2one("sale.order", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    account_id = fields.Many2one("logistics.carrier.account", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(
        [("requested", "Requested"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="requested",
        index=True,
    )
    batch = fields.Char(readonly=True, index=True, help="Same for the accounts that were asked together.")
    content = fields.Char(readonly=True, help="What was asked about: goods, address and promise.")
    error = fields.Char(readonly=True)
    offer_ids = fields.One2many("logistics.order.offer", "rating_id", readonly=True)

    @api.model
    def _accounts(self, order):
        """The accounts with an interface whose shipping methods reach the consignee of an order."""
        methods = self.env["delivery.carrier"].search(
            [("logistics_account_id", "!=", False), ("company_id", "in", (False, order.company_id.id))]
        )
        accounts = self.env["logistics.carrier.account"].sudo()  # sudo: who is asked, whoever's order it is
        for method in methods.available_carriers(order.partner_shipping_id):
            accounts |= method._logistics_account(order.company_id)
        return accounts.filtered(lambda account: account.automatic and account.state == "active")

    @api.model
    def _request_for_order(self, order):
        """Ask every account for its offers; earlier answers stay as history.

        :returns: the requests; none when there is nobody to ask
        """
        accounts = self._accounts(order)
        if not accounts:
            return self.browse()
        asking = self.sudo()  # sudo: the question follows from the order, whoever has it evaluated
        asking.search([("order_id", "=", order.id), ("state", "=", "requested"), ("lease_until", "=", False)]).unlink()
        batch, content = uuid.uuid4().hex, order._logistics_rates_content()
        made = asking.create(
            [
                {"order_id": order.id, "account_id": account.id, "batch": batch, "content": content}
                for account in accounts
            ]
        )
        self._wake()
        return made

    # -- the worker ----------------------------------------------------------------------------------------------

    def _work_domain(self):
        return [("state", "=", "requested"), *super()._work_domain()]

    def _call_account(self):
        # sudo: the worker calls with the account, whoever asked
        return self.account_id.sudo()

    def _call_prepare(self):
        account, order = self._call_account(), self.order_id
        adapter = account._adapter()
        plain = self.env["logistics.shipment"]._plain_address
        request = adapters.RateRequest(
            plain(order.warehouse_id.partner_id or order.company_id.partner_id),
            plain(order.partner_shipping_id),
            order._logistics_planned_parcels(account.default_weight_kg),
            tuple(account.service_ids.mapped("code")),
        )
        return lambda: adapter.rate(request), None

    def _call_done(self, rates, _memo):
        left_out = self.env["logistics.order.offer"]._take_rates(self, rates)
        self.write({"state": "done", "error": left_out})
        self._all_answered()

    def _asked_about(self):
        """(its shipping method, its consignee)"""
        return self.order_id.carrier_id, self.order_id.partner_shipping_id

    def _call_refused(self, error, _memo):
        self._work_dead(str(error))

    def _work_dead(self, error):
        self.write({"state": "failed", "error": error[:500]})
        self._all_answered()

    def _all_answered(self):
        """When the last account has answered: weigh the offers, and have the order looked at again."""
        latest = self.search([("batch", "=", self.batch)])
        if "requested" in latest.mapped("state"):
            return
        latest.offer_ids._recommend()
        order = self.order_id
        if not latest.offer_ids:
            why = "; ".join(rating.error or "-" for rating in latest)
            order.message_post(body=_("No carrier made an offer: %(why)s", why=why))
        elif left_out := latest.offer_ids._left_out(latest):
            order.message_post(body=left_out)
        if order.state == "sale":
            self.env["logistics.release.recheck"]._enqueue("rates", order.company_id, order_ids=order.ids)
