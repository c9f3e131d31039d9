"""Looking at the warehouses for an order: what it needs, what each has and costs, and what follows from the scores."""

import hashlib
import json

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from ...scoring.distance import Place, distance
from ...scoring.plans import ASK, CHOSEN, NONE, PARTIAL, WAIT, Need, Site, Terms, choose, judge, make_plans, score_plans
from .candidate_stock import CandidateStock

STATE_OF = {CHOSEN: "in_force", PARTIAL: "in_force", ASK: "proposed", WAIT: "waiting", NONE: "exhausted"}
# So many ways to ship are kept of one look: enough to compare, few enough to read.
KEPT = 12
CHAIN = 8


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _logistics_allocate(self, trigger, moves=None, refused=None, observe=False):
        """Look at the warehouses and do what follows: ship from the best, ask for a split, wait, or find none left.

        :param str trigger: what made us look
        :param moves: only these open last-step moves are to be given to another warehouse; all of them when not given
        :param dict refused: {warehouse id: why} of warehouses that will not do it; those known so far when not given
        :param bool observe: note what would be done, change nothing
        :returns: the logistics.allocation; empty when there is nothing to decide, or nothing new
        """
        self.ensure_one()
        nothing = self.env["logistics.allocation"]
        policy = self.env["logistics.allocation.policy"]._for_order(self)
        last = self._logistics_last_allocation()
        refused = last._refused_sites() if refused is None else refused
        scope = self._logistics_scope_of_choice(moves)
        if not policy or not scope["needs"]:
            return nothing
        warehouses = self._logistics_sites(policy)
        if not warehouses:
            return nothing
        sites, basis = self._logistics_site_facts(scope, warehouses, refused)
        terms = self._logistics_terms(policy, scope)
        plans = make_plans(scope["needs"], sites)
        costs = {id(plan): self._logistics_cost(plan, policy) for plan in plans}
        for plan in plans:
            plan.cost = costs[id(plan)][0]
        plans = score_plans(plans, policy._weights())
        judge(plans, sites, terms)
        verdict, chosen = choose(plans, terms)
        kept = plans[:KEPT] + ([chosen] if chosen and chosen not in plans[:KEPT] else [])
        vals = self._logistics_allocation_vals(policy, trigger, refused, verdict, chosen, scope)
        vals["candidate_ids"] = [
            fields.Command.create(
                self._logistics_candidate_vals(rank, plan, scope, basis, costs[id(plan)][1], terms, vals)
            )
            for rank, plan in enumerate(kept, 1)
        ]
        vals["fingerprint"] = self._logistics_fingerprint(vals)
        if observe:
            return self._logistics_note_choice(vals, kept, chosen, last)
        if last and last.fingerprint == vals["fingerprint"] and last.state == STATE_OF[verdict]:
            return nothing if trigger != "person" else last
        return self._logistics_apply_choice(vals, verdict, kept.index(chosen) if chosen else None, scope)

    # -- what there is to choose -------------------------------------------------------------------------------

    def _logistics_scope_of_choice(self, moves=None):
        """{"needs": what is to be placed, "moves": open moves that may be given away, "fixed": what stays where it is}.

        ``fixed`` is {line: {warehouse: quantity}} of what was shipped, is being picked, or is not asked about.
        """
        self.ensure_one()
        needs, fixed = [], {}
        movable = self.env["stock.move"]
        kits = "is_kits" in self.env["product.product"]._fields
        for line in self.order_line:
            product = line.product_id
            if line.display_type or product.type not in ("product", "consu") or line.route_id:
                continue
            is_kit = kits and product.is_kits
            unit = product.uom_id
            ordered = line.product_uom._compute_quantity(line.product_uom_qty, unit, round=False)
            outgoing = line._get_outgoing_incoming_moves()[0]
            if (is_kit and outgoing) or not self._logistics_comes_from_stock(line):
                continue
            own = line._logistics_free_to_move(outgoing, moves)
            movable |= own
            there = sum(line._logistics_at_sites().values())
            open_qty = sum(own.mapped("product_qty")) + (max(ordered - there, 0.0) if moves is None else 0.0)
            stays = {}
            for move in outgoing - own:
                warehouse = move.picking_type_id.warehouse_id or self.warehouse_id
                quantity = move.quantity if move.state == "done" else move.product_uom_qty
                quantity = move.product_uom._compute_quantity(quantity, unit, round=False)
                stays[warehouse.id] = stays.get(warehouse.id, 0.0) + quantity
            if stays:
                fixed[line.id] = stays
            quantity = float_round(open_qty, precision_rounding=unit.rounding)
            if quantity > 0:
                needs.append(Need(line.id, product.id, quantity, divisible=not is_kit))
        return {"needs": needs, "moves": movable, "fixed": fixed}

    def _logistics_comes_from_stock(self, line):
        """Whether Odoo's rules take the line from a warehouse's stock (not dropped, bought or made to order)."""
        product = line.product_id
        location = self.partner_shipping_id.property_stock_customer
        values = {"warehouse_id": self.warehouse_id, "company_id": self.company_id, "route_ids": line.route_id}
        for _step in range(CHAIN):
            rule = self.env["procurement.group"]._get_rule(product, location, values)
            if not rule or rule.action not in ("pull", "pull_push"):
                return False
            if rule.procure_method != "make_to_order":
                return rule.location_src_id.warehouse_id == self.warehouse_id
            location = rule.location_src_id
        return False

    def _logistics_sites(self, policy):
        """The warehouses that may ship this order."""
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)])
        return warehouses & policy.warehouse_ids if policy.warehouse_ids else warehouses

    def _logistics_site_facts(self, scope, warehouses, refused):
        """(sites, {warehouse id: what its distance rests on})."""
        lines = self.env["sale.order.line"].browse([need.line for need in scope["needs"]])
        chain = self.env["stock.move"].browse(scope["moves"]._rollup_move_origs())
        stock = CandidateStock(self, lines.product_id, warehouses, chain)
        consignee = _place(self.partner_shipping_id)
        sites, basis = [], {}
        for warehouse in warehouses:
            far, basis[warehouse.id] = distance(_place(warehouse.partner_id), consignee)
            sites.append(Site(warehouse.id, stock.of(warehouse), far, warehouse.id in refused))
        return sites, basis

    def _logistics_terms(self, policy, scope):
        """What customer and policy allow for what is left of the order."""
        customer = self.partner_id.commercial_partner_id
        shipped = self.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.location_dest_id.usage == "customer"
        )
        stays = {warehouse for parts in scope["fixed"].values() for warehouse in parts}
        return Terms(
            ship_complete=customer.logistics_ship_complete or self.picking_policy == "one",
            customer_max=customer.logistics_max_shipments,
            policy_max=policy.max_shipments,
            max_extra_cost=self._logistics_in_order_currency(policy.max_extra_cost),
            partial=policy.partial_allowed,
            approved=self.logistics_split_approved,
            shipments_before=max(len(shipped), len(stays)),
        )

    # -- money -------------------------------------------------------------------------------------------------

    def _logistics_in_order_currency(self, amount):
        """An amount of the company's currency in the order's."""
        return self.company_id.currency_id._convert(
            amount, self.currency_id, self.company_id, self.date_order or fields.Date.today()
        )

    def _logistics_cost(self, plan, policy):
        """(cost in the order's currency, words): freight and handling of each shipment. Never asks a carrier."""
        total, words = 0.0, []
        for site in plan.sites:
            warehouse = self.env["stock.warehouse"].browse(site)
            parts = {line: quantities[site] for line, quantities in plan.shares.items() if quantities.get(site)}
            freight, known = self._logistics_freight(parts)
            handling = warehouse.logistics_handling_cost or policy.handling_cost
            amount = self._logistics_in_order_currency(freight + handling)
            total += amount
            text = _("%(warehouse)s %(amount)s", warehouse=warehouse.code, amount=self.currency_id.format(amount))
            words.append(text if known else _("%(cost)s (freight is not known)", cost=text))
        return total, ", ".join(words)

    def _logistics_freight(self, parts):
        """(price in the company's currency, whether it is known) of one shipment of ``parts`` {line id: quantity}."""
        carrier = self.carrier_id.sudo()  # sudo: prices of carriers are looked at for whoever confirms
        if carrier.delivery_type == "fixed":
            return carrier._apply_margins(carrier.fixed_price), True
        if carrier.delivery_type != "base_on_rule":
            return 0.0, False
        total = weight = volume = quantity = 0.0
        for line in self.env["sale.order.line"].browse(list(parts)):
            part = parts[line.id]
            ordered = line.product_uom._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
            total += line.price_total * part / ordered if ordered else 0.0
            weight += line.product_id.weight * part
            volume += line.product_id.volume * part
            quantity += part
        total = carrier._compute_currency(self, total, "pricelist_to_company")
        try:
            price = carrier.with_context(wv=weight * volume)._get_price_from_picking(total, weight, volume, quantity)
        except UserError:  # no price rule of the carrier fits
            return 0.0, False
        return carrier._apply_margins(price), True

    # -- what is kept ------------------------------------------------------------------------------------------

    def _logistics_allocation_vals(self, policy, trigger, refused, verdict, chosen, scope):
        words = {
            CHOSEN: _("Everything is there; the best score among what the terms allow"),
            PARTIAL: _("Not everything is there: what is there goes, the rest follows"),
            ASK: _("Everything is there, but only in more shipments than customer and policy allow"),
            WAIT: _("Not everything is there, and the terms do not allow a delivery in parts: it waits for goods"),
            NONE: _("Every warehouse rejected or did not answer"),
        }[verdict]
        return {
            "order_id": self.id,
            "state": STATE_OF[verdict],
            "policy_id": policy.id,
            "policy_name": policy.name,
            "home_id": self.warehouse_id.id,
            "trigger": trigger,
            "words": words,
            "refused": {str(key): why for key, why in refused.items()},
        }

    def _logistics_candidate_vals(self, rank, plan, scope, basis, cost_words, terms, allocation):
        """The stored form of a plan."""
        warehouses = self.env["stock.warehouse"].browse(plan.sites)
        shares, words = self._logistics_shares_of(plan, scope)
        against = self.env["logistics.allocation.candidate"]
        refusals = {str(site): allocation["refused"].get(str(site)) for site in plan.sites}
        refusals = {"refused": {key: why for key, why in refusals.items() if why}}
        grounds = ("unknown", "country", "postcode", "coordinates")
        return {
            "rank": rank,
            "name": ", ".join(warehouses.mapped("code")),
            "warehouse_ids": [fields.Command.set(warehouses.ids)],
            "shares": shares,
            "words": words,
            "coverage": plan.coverage * 100.0,
            "shipments": plan.shipments,
            "cost": plan.cost,
            "cost_words": cost_words,
            "distance": plan.distance,
            "distance_basis": min((basis[site] for site in plan.sites), key=grounds.index),
            "score": plan.score,
            **{f"part_{key}": part for key, part in plan.parts.items()},
            "why_codes": plan.why_not,
            "why_not": "; ".join(against._words_against(code, refusals, terms) for code in plan.why_not),
        }

    def _logistics_shares_of(self, plan, scope):
        """([line, warehouse, quantity] of everything the order's lines ship from anywhere, words for people).

        What is nowhere in stock is waited for at the order's own warehouse if that takes part, else at the first.
        """
        waits_at = self.warehouse_id.id if self.warehouse_id.id in plan.sites else plan.sites[0]
        shares, words = [], []
        codes = {w.id: w.code for w in self.env["stock.warehouse"].browse(plan.sites)}
        for line in self.order_line:
            parts = dict(scope["fixed"].get(line.id, {}))
            name = line.product_id.with_context(display_default_code=False).display_name
            for site, quantity in plan.shares.get(line.id, {}).items():
                parts[site] = parts.get(site, 0.0) + quantity
                words.append(
                    _("%(quantity)g %(product)s from %(site)s", quantity=quantity, product=name, site=codes[site])
                )
            missing = plan.missing.get(line.id)
            if missing:
                parts[waits_at] = parts.get(waits_at, 0.0) + missing
                words.append(_("%(quantity)g %(product)s short", quantity=missing, product=name))
            shares += [[line.id, site, quantity] for site, quantity in parts.items()]
        return shares, "\n".join(words)

    def _logistics_fingerprint(self, vals):
        """The same look with the same result has the same fingerprint."""
        seen = [
            [c[2]["name"], c[2]["shares"], c[2]["why_codes"], round(c[2]["cost"], 2)] for c in vals["candidate_ids"]
        ]
        facts = [vals["state"], vals["refused"], vals["policy_id"], seen]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _place(partner):
    return Place(
        partner.partner_latitude or 0.0,
        partner.partner_longitude or 0.0,
        partner.country_id.code or "",
        partner.zip or "",
    )
