"""What a carrier would charge for a shipment; all are kept, with which one was chosen and why."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ... import adapters


class CarrierOffer(models.Model):
    _name = "logistics.carrier.offer"
    _description = "Carrier Offer"
    _inherit = ["logistics.offer"]
    _order = "shipment_id desc, rating_id desc, amount_company, id"

    rating_id = fields.Many2one("logistics.carrier.rating", readonly=True, ondelete="cascade", index=True)
    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shipment_id.company_id", store=True)
    base_amount = fields.Monetary(string="Freight", readonly=True, help="0 where the carrier told the whole alone.")
    surcharges = fields.Json(readonly=True)
    parts = fields.Char(compute="_compute_parts", string="Made Up Of")
    policy_id = fields.Many2one("logistics.rate.policy", readonly=True, ondelete="set null", index="btree_not_null")
    place = fields.Integer(readonly=True, help="1 is the best; 0 is out of the question.")
    against = fields.Char(string="What Speaks Against It", readonly=True)
    can_book = fields.Boolean(compute="_compute_can_book")
    recommended = fields.Boolean(help="The best by policy, when it was offered.")
    chosen = fields.Boolean(help="What the shipment goes with.")

    @api.depends("base_amount", "surcharges", "currency_id")
    def _compute_parts(self):
        for offer in self:
            parts = [(_("Freight"), offer.base_amount)] if offer.base_amount else []
            parts += [(part["name"], part["amount"]) for part in offer.surcharges or ()]
            offer.parts = ", ".join(
                f"{name} {format_amount(self.env, amount, offer.currency_id)}" for name, amount in parts
            )

    @api.depends(
        "carrier_id", "chosen", "shipment_id.booking_ids.state", "shipment_id.dispatched_at", "shipment_id.milestone"
    )
    def _compute_can_book(self):
        for offer in self:
            shipment = offer.shipment_id
            live = shipment._live_booking()
            open_for_it = offer.carrier_id and not shipment._has_left() and not (live and offer.chosen)
            offer.can_book = bool(open_for_it) and shipment._logistics_enforced("carrier")

    @api.model
    def _vals_of(self, rating, rate, currency):
        return super()._vals_of(rating, rate, currency) | {
            "shipment_id": rating.shipment_id.id,
            "base_amount": float(rate.base) if rate.base is not None else 0.0,
            "surcharges": [{"name": name, "amount": float(amount)} for name, amount in rate.surcharges],
        }

    def _price(self):
        """The amount as people read it."""
        return format_amount(self.env, self.amount, self.currency_id)

    def _recommend(self, shipment):
        """Weigh these offers (of one request), mark the best and the one that is booked already, and say why.

        :returns: (``adapters.Choice``, why in words)
        """
        policy, currency = shipment.rate_policy_id, shipment.company_id.currency_id
        booked = shipment._live_booking()
        if booked and self:
            self._mark_booked(booked)
        promised = shipment.promised_at
        left = (promised.date() - fields.Date.context_today(self)).days if promised else None
        # What nobody can book is recommended only where nothing else is offered.
        bookable = self.filtered("carrier_id") or self
        choice = adapters.choose_by(policy._plain(), [offer._candidate() for offer in bookable], left)
        why = policy._why(choice, currency)
        places = {key: place for place, key in enumerate(choice.order, 1)}
        best = self.browse(choice.key_best or ())
        for offer in self:
            kept = adapters.in_time(offer.transit_days if offer.days_known else None, left)
            vals = {
                "policy_id": policy.id,
                "place": places.get(offer.id, 0),
                "keeps_promise": {True: "yes", False: "no", None: "unknown"}[kept] if left is not None else False,
            }
            if offer == best:
                vals |= {"recommended": True, "why": ", ".join(filter(None, [offer.why, why]))}
            else:
                vals["against"] = offer._against(best, vals, policy)
            offer.write(vals)
        return choice, why

    def _candidate(self):
        """The offer as ``adapters.choice`` weighs it."""
        return adapters.Candidate(
            self.id,
            self.amount_company,
            self.transit_days if self.days_known else None,
            carrier=self.carrier_id.id or None,
            contract=self.account_id.sudo().is_contract,  # sudo: one flag of an account planners do not open
        )

    def _against(self, best, vals, policy):
        """In words why this offer is not the best one."""
        if not self.carrier_id:
            return _("No shipping method books it")
        if self.carrier_id in policy._carriers("excluded"):
            return _("Policy %(policy)s never takes it", policy=policy.name)
        words = []
        if vals["keeps_promise"] == "no":
            words.append(_("too late"))
        more = self.amount_company - best.amount_company
        if best and more:
            amount = format_amount(self.env, abs(more), self.company_currency_id)
            words.append(_("%(amount)s more", amount=amount) if more > 0 else _("%(amount)s less", amount=amount))
        slower = self.transit_days - best.transit_days if self.days_known and best.days_known else 0
        if slower > 0:
            words.append(_("%(days)s slower", days=self._days_in_words(slower)))
        return ", ".join(words)

    def _choose(self, why):
        """Of a shipment's offers this one is the chosen one; empty: none is."""
        others = self.shipment_id.offer_ids - self
        others.filtered("chosen").write({"chosen": False})
        self.write({"chosen": True, "why": why})

    def _mark_booked(self, booking):
        """The latest offer for what a booking buys, where there is one, is the chosen one."""
        offers = self.filtered(lambda o: o.account_id == booking.account_id and o.service == booking.service)
        latest = offers.sorted("id")[-1:]
        if latest and not latest.chosen:
            latest._choose(_("Booked as %(booking)s", booking=booking.name))

    def action_book(self):
        """Book this offer: the transfer's shipping method becomes its one, what was booked is voided and booked anew.

        :raises UserError: nothing books it, the shipment has left, or booking is not switched on here
        """
        self.action_choose()
        if not self.shipment_id._live_booking():
            shipment = self.shipment_id.with_context(logistics_compared=True)
            shipment.action_book()
        return True

    def _take(self, why):
        """The automation's way to the same: book this offer.

        :param str why: kept on the offer
        """
        self._choose(why)
        shipment = self.shipment_id.with_context(logistics_reason=why, logistics_compared=True)
        if shipment.carrier_id != self.carrier_id:
            shipment.write({"carrier_id": self.carrier_id.id})
        shipment._logistics_book_carrier()

    def action_choose(self):
        """Ship with this offer: the transfer's shipping method changes, what was booked is voided and booked anew."""
        self.ensure_one()
        self.shipment_id._require_group("group_planner", _("Choose offer"))
        if not self.carrier_id:
            raise UserError(
                _(
                    "No shipping method books %(service)s with account %(account)s: create one with this account and "
                    "service.",
                    service=self.name,
                    account=self.account_id.sudo().name,  # sudo: the name of the account, nothing of it
                )
            )
        if self.shipment_id._has_left():
            raise UserError(_("%(name)s has left or was cancelled: no carrier is chosen.", name=self.shipment_id.name))
        # Whoever has a say about another carrier is asked as this user: what follows is written without asking.
        self.shipment_id._logistics_carrier_written({"carrier_id": self.carrier_id.id})
        offer = self.sudo()  # sudo: the right to choose was checked; offers are written by the code alone
        offer._choose(_("Chosen by %(user)s", user=self.env.user.name))
        shipment = offer.shipment_id.with_context(
            logistics_compared=True, logistics_reason=_("Offer %(offer)s chosen", offer=self.name)
        )
        if shipment.carrier_id != offer.carrier_id:
            shipment.write({"carrier_id": offer.carrier_id.id})
        return True

    def _plain(self):
        """The offer as partners are told of it."""
        self.ensure_one()
        return {
            "service": self.service,
            "name": self.name,
            "amount": self.amount,
            "currency": self.currency_id.name,
            "transit_days": self.transit_days if self.days_known else None,
            "recommended": self.recommended,
            "chosen": self.chosen,
            "why": self.why or "",
            "base": self.base_amount,
            "surcharges": self.surcharges or [],
            "keeps_promise": self.keeps_promise or "",
            "place": self.place,
        }
