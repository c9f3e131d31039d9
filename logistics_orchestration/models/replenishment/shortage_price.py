"""Pricing the options of a shortage: from vendor prices, lanes, stock elsewhere, substitutes and the calendar."""

from datetime import timedelta
from math import ceil

from odoo import _, fields, models

from .option_score import best, score
from .shortage import ACTIVE
from .shortage_option import IDENTITY


class Shortage(models.Model):
    _inherit = "logistics.shortage"

    option_ids = fields.One2many("logistics.shortage.option", "shortage_id", string="Options", readonly=True)
    best_option_id = fields.Many2one("logistics.shortage.option", readonly=True, copy=False, ondelete="set null")
    chosen_option_id = fields.Many2one("logistics.shortage.option", readonly=True, copy=False, ondelete="set null")

    def action_price(self):
        """Price the options now."""
        # sudo: prices and stock of the company; the outcome is not the user's to choose
        active = self.sudo().filtered(lambda s: s.state in ACTIVE)
        active._refresh_demand()
        active._refresh_risks()
        active._price_options()

    def _needs_options(self):
        """Whether something has to be decided: nothing ordered, or what is ordered comes too late."""
        return self.state in ACTIVE and (self.state == "open" or any(r.state == "open" for r in self.risk_ids))

    def _price_options(self):
        """Bring the priced options up to date; a choice that waits on other ground is superseded."""
        for shortage in self:
            shortage = shortage.with_company(shortage.company_id)
            wanted = {shortage._option_key(vals): vals for vals in shortage._scored_options()}
            now = fields.Datetime.now()
            for option in shortage.option_ids.filtered(lambda o: o.state in ("proposed", "requested")):
                key = shortage._option_key({name: option[name] for name in IDENTITY})
                vals = wanted.pop(key, None)
                if option.state == "requested":
                    option._hold_against(vals)
                elif vals is None:
                    option.unlink()
                else:
                    option.write(dict(vals, priced_at=now))
            option = self.env["logistics.shortage.option"].create(
                [dict(vals, shortage_id=shortage.id, priced_at=now) for vals in wanted.values()]
            )
            shortage.best_option_id = shortage.option_ids.filtered(lambda o: o.is_best and o.state == "proposed")[:1]

    def _option_key(self, vals):
        """What makes two looks the same option."""
        return tuple(
            vals.get(name).id if isinstance(vals.get(name), models.BaseModel) else vals.get(name) or False
            for name in IDENTITY
        )

    def _scored_options(self):
        """Values of all options, each with its score and its parts."""
        self.ensure_one()
        need, needed_on = self._option_need()
        if need <= 0:
            return []
        found = []
        for vals in self._option_values(need):
            late = max(0, (vals["arrival_on"] - needed_on).days)
            parts = score(
                vals["extra_cost"],
                late,
                vals["covers"],
                need,
                self.value_at_risk or need * self.product_id.standard_price,
                vals["risk"],
                self.company_id.logistics_delay_percent,
                self.company_id.logistics_uncovered_percent,
            )
            found.append((vals, parts))
            vals.update(
                need=need,
                late_days=late,
                score=parts.total,
                score_delay=parts.delay,
                score_uncovered=parts.uncovered,
                score_risk=parts.risk,
            )
        winner = best((n, parts, vals["arrival_on"], vals["covers"] / need) for n, (vals, parts) in enumerate(found))
        for number, (vals, _parts) in enumerate(found):
            vals["is_best"] = number == winner
        return [vals for vals, _parts in found]

    def _option_values(self, need):
        return [
            *self._options_expedite(need),
            *self._options_alternate(need),
            *self._options_transfer(need),
            *self._options_substitute(need),
            *self._option_replan(need),
        ]

    def _option_need(self):
        """(quantity that is missing, day it is first needed)."""
        today = fields.Date.context_today(self)
        late = self.risk_ids.filtered(lambda risk: risk.state == "open")
        missing = sum(self.demand_ids.mapped("missing")) or self.demand_at_risk
        need = missing or sum(late.mapped("quantity")) or self.quantity_to_order
        days = [*self.demand_ids.mapped("needed_on"), *late.mapped("needed_on")]
        return need, max(today, min(days, default=self.projected_stockout_date or today))

    def _days_from_today(self, days):
        return fields.Date.context_today(self) + timedelta(days=ceil(days))

    # -- kinds ------------------------------------------------------------------------------------------------

    def _options_expedite(self, need):
        """The late line sooner, on the supplier's terms; no terms, no option."""
        for risk in self.risk_ids.filtered(lambda risk: risk.state == "open"):
            line = risk.purchase_line_id
            lane = self.env["logistics.supply.lane"]._find("expedite", self.warehouse_id, supplier=risk.partner_id)
            arrival = self._days_from_today(lane.lead_days + risk.dock_days)
            if not lane or arrival >= risk.available_on:
                continue
            covers = min(need, risk.quantity)
            unit = self._unit_price_of(line)
            cost = self.currency_id.round(lane._cost(covers, covers * unit))
            slips = len(line.logistics_promise_ids.filtered(lambda promise: promise.slip_days > 0))
            yield {
                "kind": "expedite",
                "purchase_line_id": line.id,
                "supplier_id": risk.partner_id.id,
                "words": _("Expedite %(order)s", order=line.order_id.name),
                "quantity": covers,
                "covers": covers,
                "arrival_on": arrival,
                "cost": cost,
                "extra_cost": cost,
                "risk": "high" if slips > 1 else "medium",
                "risk_reason": _("Slipped %(count)s time(s) already", count=slips)
                if slips
                else _("The supplier has to agree"),
            }

    def _options_alternate(self, need):
        """Other vendors of the product, each at the quantity it sells at least."""
        product = self.product_id
        busy = self.risk_ids.filtered(lambda risk: risk.state == "open").partner_id.commercial_partner_id
        unit = product.uom_po_id
        wanted = product.uom_id._compute_quantity(need, unit, rounding_method="UP")
        offers = product.seller_ids._logistics_valid_for(product, self.company_id)
        for partner, of_partner in offers.grouped("partner_id").items():
            if partner.commercial_partner_id in busy:
                continue
            bought = max(wanted, min(of_partner.mapped("min_qty")))
            seller = product._select_seller(partner_id=partner, quantity=bought, uom_id=unit)
            if not seller:
                continue
            price = seller.currency_id._convert(
                seller.price_discounted, self.currency_id, self.company_id, fields.Date.context_today(self), round=False
            )
            quantity = unit._compute_quantity(bought, product.uom_id)
            cost = self.currency_id.round(bought * price)
            dock = self.warehouse_id._logistics_dock_days(partner)
            days = seller.delay + partner.logistics_transit_days + dock
            known = self.env["purchase.order.line"].search_count(
                [("partner_id", "=", partner.id), ("product_id", "=", product.id), ("qty_received", ">", 0)], limit=1
            )
            yield {
                "kind": "alternate",
                "supplier_id": partner.id,
                "words": _("Buy %(quantity)g from %(supplier)s", quantity=quantity, supplier=partner.display_name),
                "quantity": quantity,
                "covers": min(need, quantity),
                "arrival_on": self._days_from_today(days),
                "cost": cost,
                "extra_cost": cost - self.currency_id.round(quantity * self._usual_price()),
                "risk": "low" if known else "medium",
                "risk_reason": _("Delivered it before") if known else _("Never delivered this product to us"),
            }

    def _options_transfer(self, need):
        """What other warehouses of the company can spare."""
        warehouses = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id), ("id", "!=", self.warehouse_id.id)]
        )
        for origin in warehouses:
            spare = min(need, origin._logistics_spare(self.product_id))
            if spare <= 0:
                continue
            lane = self.env["logistics.supply.lane"]._find("transfer", self.warehouse_id, origin=origin)
            days = lane.lead_days if lane else self.company_id.logistics_transfer_days
            cost = self.currency_id.round(lane._cost(spare, spare * self.product_id.standard_price))
            yield {
                "kind": "transfer",
                "from_warehouse_id": origin.id,
                "words": _("Move %(quantity)g from %(warehouse)s", quantity=spare, warehouse=origin.name),
                "quantity": spare,
                "covers": spare,
                "arrival_on": self._days_from_today(days),
                "cost": cost,
                "extra_cost": cost,
                "risk": "low",
                "risk_reason": _("Ours, and not promised to anybody"),
            }

    def _options_substitute(self, need):
        """Products somebody named as a stand-in, from what this warehouse can spare of them."""
        rows = self.env["logistics.product.substitute"].search(
            [("company_id", "=", self.company_id.id), ("product_id", "=", self.product_id.id)]
        )
        for row in rows:
            other = row.substitute_id.with_company(self.company_id)
            covers = min(need, self.warehouse_id._logistics_spare(other) / row.ratio)
            if covers <= 0:
                continue
            more = max(0.0, other.standard_price * row.ratio - self.product_id.standard_price)
            cost = self.currency_id.round(covers * more)
            yield {
                "kind": "substitute",
                "substitute_id": other.id,
                "words": _("Offer %(product)s instead", product=other.display_name),
                "quantity": covers,
                "covers": covers,
                "arrival_on": self._days_from_today(0),
                "cost": cost,
                "extra_cost": cost,
                "risk": "medium",
                "risk_reason": row.note or _("The customer has to agree"),
            }

    def _option_replan(self, need):
        """Wait: what is late comes when it comes, or what is ordered today."""
        late = self.risk_ids.filtered(lambda risk: risk.state == "open")
        arrival = max(late.mapped("available_on"), default=self.supply_date or self._days_from_today(0))
        yield {
            "kind": "replan",
            "words": _("Re-plan what waits"),
            "quantity": need,
            "covers": need,
            "arrival_on": max(arrival, self._days_from_today(0)),
            "cost": 0.0,
            "extra_cost": 0.0,
            "risk": "low",
            "risk_reason": _("%(count)s order(s) get another date", count=self.order_count),
        }

    # -- what it would cost anyway ------------------------------------------------------------------------------

    def _unit_price_of(self, line):
        """Price of a purchase line per unit of the product, in the company's currency."""
        price = line.product_uom._compute_price(line.price_unit, line.product_id.uom_id)
        today = fields.Date.context_today(self)
        return line.currency_id._convert(price, self.currency_id, self.company_id, today, round=False)

    def _usual_price(self):
        """Per unit: of the line that is late, else of the usual vendor, else the product's cost."""
        if late := self.risk_ids.filtered(lambda risk: risk.state == "open")[:1]:
            return self._unit_price_of(late.purchase_line_id)
        seller = self.product_id.seller_ids._logistics_valid_for(self.product_id, self.company_id)[:1]
        if seller:
            price = seller.product_uom._compute_price(seller.price_discounted, self.product_id.uom_id)
            today = fields.Date.context_today(self)
            return seller.currency_id._convert(price, self.currency_id, self.company_id, today, round=False)
        return self.product_id.standard_price
