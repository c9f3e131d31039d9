"""A question to one carrier account: what would this shipment cost? Asked by the worker, answered with offers."""

import uuid

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters


class CarrierRating(models.Model):
    _name = "logistics.carrier.rating"
    _description = "Rate Request"
    _inherit = ["logistics.carrier.call"]
    _order = "id desc"
    _work_cron_id = "logistics_carrier_connector.cron_carrier_rating"
    _work_schedule = (5, 30, 120)
    _work_max_attempts = 4

    shipment_id = fields.Many2one("logistics.shipment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shipment_id.company_id", store=True)
    account_id = fields.Many2one("logistics.carrier.account", required=True, ondelete="cascade")
    state = fields.Selection(
        [("requested", "Requested"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        default="requested",
        index=True,
    )
    batch = fields.Char(readonly=True, index=True, help="Same for the accounts that were asked together.")
    deadline_at = fields.Datetime(
        readonly=True, help="Set where the best offer is booked by itself: with those that are there by then."
    )
    error = fields.Char(readonly=True)
    offer_ids = fields.One2many("logistics.carrier.offer", "rating_id")

    @api.model
    def _request_for(self, shipment, deadline=None):
        """Ask every account whose shipping methods reach the consignee; earlier offers stay as history.

        :param deadline: until when answers are waited for, given where the best offer is to be booked then
        :raises UserError: there is nobody to ask
        """
        carriers = self.env["delivery.carrier"].search(
            [("logistics_account_id", "!=", False), ("company_id", "in", (False, shipment.company_id.id))]
        )
        carriers = carriers.available_carriers(shipment.partner_id)
        accounts = self.env["logistics.carrier.account"].union(
            *(carrier._logistics_account(shipment.company_id) for carrier in carriers)
        )
        accounts = accounts.filtered(lambda a: a.automatic and a.state == "active")
        if not accounts:
            raise UserError(
                _(
                    "No carrier can be asked for %(shipment)s: give a shipping method that delivers to %(partner)s an "
                    "account with an interface.",
                    shipment=shipment.name,
                    partner=shipment.partner_id.display_name or "-",
                )
            )
        shipment.rating_ids.filtered(lambda r: r.state == "requested").unlink()
        batch = uuid.uuid4().hex
        ratings = self.create(
            [
                {"shipment_id": shipment.id, "account_id": account.id, "batch": batch, "deadline_at": deadline}
                for account in accounts
            ]
        )
        self._wake()
        if deadline:
            self._work_wake((deadline - fields.Datetime.now()).total_seconds() + 1, share=True)
        return ratings

    def _work_domain(self):
        return [("state", "=", "requested"), *super()._work_domain()]

    @api.model
    def _work_run(self, seconds=20):
        """Those who have not answered in time are not waited for any longer."""
        now = fields.Datetime.now()
        late = [("state", "=", "requested"), ("deadline_at", "<=", now)]
        free = ["|", ("lease_until", "=", False), ("lease_until", "<", now)]
        for rating in self.search(late + free):
            if rating._work_lock() and rating.state == "requested":
                rating._work_dead(rating.last_error or _("No answer in time."))
                self._work_commit()
        return super()._work_run(seconds)

    def _call_account(self):
        # sudo: the worker calls with the account, whoever asked
        return self.account_id.sudo()

    def _call_prepare(self):
        account, shipment = self._call_account(), self.shipment_id
        adapter = account._adapter()
        sender, recipient = shipment._carrier_addresses()
        parcels = tuple(
            adapters.Parcel(**{key: value for key, value in vals.items() if key != "parcel_id"})
            for vals in shipment._carrier_parcels(account.default_weight_kg)
        )
        services = tuple(account.service_ids.mapped("code"))
        request = adapters.RateRequest(sender, recipient, parcels, services)
        return lambda: adapter.rate(request), None

    def _call_done(self, rates, _memo):
        left_out = self.env["logistics.carrier.offer"]._take_rates(self, rates)
        self.write({"state": "done", "error": left_out})
        self._all_answered()

    def _call_refused(self, error, _memo):
        self._work_dead(str(error))

    def _work_dead(self, error):
        self.write({"state": "failed", "error": error[:500]})
        self._all_answered()

    def _asked_about(self):
        """(its shipping method, its consignee)"""
        return self.shipment_id.carrier_id, self.shipment_id.partner_id

    def _all_answered(self):
        """When the last account has answered: mark the best offer and say why, and tell that the shipment is rated."""
        shipment = self.shipment_id
        latest = self.search([("batch", "=", self.batch)])
        if "requested" in latest.mapped("state"):
            return
        offers = latest.offer_ids
        choice, why = offers._recommend(shipment)
        if offers:
            name = "logistics.shipment.rated"
            data = shipment._logistics_data(name)
            shipment._logistics_emit(name, data | {"offers": [offer._plain() for offer in offers]})
            if left_out := offers._left_out(latest):
                shipment.message_post(body=left_out)
        else:
            shipment.message_post(
                body=_("No carrier made an offer: %(why)s", why="; ".join(r.error or "-" for r in latest) or "-")
            )
        if any(latest.mapped("deadline_at")):
            shipment._book_best(choice, why)
