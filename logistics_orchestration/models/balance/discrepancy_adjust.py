"""Setting Odoo's stock to what the warehouse counted: by Odoo's own inventory adjustment, with a reason.

A person does it, and where approvals are installed and ask for it, somebody else decides first (see
``_logistics_decide_adjustment``). By itself it happens only where three say so: the balance capability is enforced, the
authority rule makes the warehouse system the owner of balances, and the difference is within the rule's limit (0 as
long as nobody sets it).
"""

from odoo import SUPERUSER_ID, _, models
from odoo.exceptions import UserError


class Discrepancy(models.Model):
    _inherit = "logistics.discrepancy"

    def action_adjust(self, reason=None):
        """Set Odoo's stock to what the warehouse counted.

        :param str reason: kept on the stock move
        :raises UserError: it is not clear which stock is meant; the text says why
        """
        self._require_open()
        if self.filtered(lambda row: not row.balance_line_id):
            raise UserError(_("Only discrepancies of stock are adjusted here."))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_adjust", _("Why is the warehouse right?"))
        for row in self:
            row._adjust(reason)
        return True

    def _apply(self):
        """Accepting a count is adjusting."""
        if not self.balance_line_id:
            return super()._apply()
        return self._adjust(_("Accepted as counted by %(system)s", system=self.system_id.name))

    def action_accept(self):
        """Stock is adjusted with a reason, and perhaps a decision; it is settled when the adjustment is applied."""
        stock = self.filtered("balance_line_id")
        if stock:
            return stock.action_adjust()
        return super().action_accept()

    def _adjust(self, reason):
        """Enter the count and have it applied, or decided on."""
        self.ensure_one()
        line = self.balance_line_id.sudo()  # sudo: measured against the whole warehouse, whoever adjusts
        line._measure()
        if not line.difference:
            self._close("settled", _("Odoo holds what was reported, after all."))
            return
        quant = self._enter_count(line.difference)
        self.sudo().quant_id = quant  # sudo: a note of where the count is; who may enter a count was checked with it
        words = _(
            "%(reason)s (balance of %(system)s as of %(as_of)s)",
            reason=reason,
            system=self.system_id.name,
            as_of=line.as_of,
        )
        if not self._logistics_decide_adjustment(quant, words):
            answer = quant.with_context(inventory_name=words).action_apply_inventory()
            if isinstance(answer, dict):
                raise UserError(_("%(name)s was moved in the meantime. Look at it again.", name=self.name))

    def _logistics_decide_adjustment(self, quant, reason):
        """Whether somebody else applies the count (or has applied it); override where adjustments are decided on."""
        return False

    def _enter_count(self, difference):
        """The quant with the counted quantity entered: what is there now, corrected by the difference."""
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        places = self.env["logistics.balance.line"]._places(self.warehouse_id)
        if self.location_id:
            places = places.filtered_domain([("id", "child_of", self.location_id.id)])
        domain = [("product_id", "=", self.product_id.id), ("location_id", "in", places.ids)]
        if self.lot_id:
            domain.append(("lot_id", "=", self.lot_id.id))
        found = quants.search(domain)
        if self.product_id.tracking != "none" and not self.lot_id and (len(found.lot_id) != 1 or difference > 0):
            raise UserError(
                _("%(product)s is tracked by lots and the report names none. Count it in Odoo, lot by lot.",
                  product=self.product_id.display_name)
            )  # fmt: skip
        home = self.location_id or self.warehouse_id.lot_stock_id
        # where it belongs first, then where the most of it lies
        found = found.sorted(lambda quant: (quant.location_id == home, quant.quantity), reverse=True)
        enough = found.filtered(lambda quant: quant.quantity + difference >= 0)
        if enough:
            quant = enough[0]
            quant.inventory_quantity = quant.quantity + difference
            return quant
        if difference < 0:
            raise UserError(
                _("%(difference)g of %(product)s are missing, and no single place in %(warehouse)s holds that much. "
                  "Count it in Odoo, place by place.",
                  difference=-difference, product=self.product_id.display_name, warehouse=self.warehouse_id.name)
            )  # fmt: skip
        return quants.create(
            {
                "product_id": self.product_id.id,
                "location_id": home.id,
                "lot_id": self.lot_id.id,
                "inventory_quantity": difference,
            }
        )

    def _withdraw_count(self, why):
        """A count that was entered and not applied yet is no longer what is wanted: take it out of Odoo's list."""
        for row in self.filtered("quant_id").sudo():  # sudo: it was entered for this row and goes with it
            if row.quant_id.inventory_quantity_set:
                row.quant_id.action_clear_inventory_quantity()
                row.message_post(body=_("The count that was entered is withdrawn. %(why)s", why=why))
            row.quant_id = False

    def _close(self, state, resolution):
        if state != "accepted":
            self._withdraw_count(resolution)
        return super()._close(state, resolution)

    def _adjust_by_itself(self, rule):
        """Adjust a small difference without a person, where all of it allows that; else note what would be done."""
        self.ensure_one()
        rule = rule.sudo()  # sudo: the rule in force, whoever processes
        if self.state != "open" or self.quant_id or rule.owner != "system" or not rule.auto_limit:
            return
        if abs(self.difference) > rule.auto_limit:
            return
        if not self._logistics_enforced("balance"):
            words = _("Would have adjusted %(name)s by %(by)+g", name=self.name, by=self.difference)
            self._logistics_observe("balance", words, abs(self.difference) * self.product_id.standard_price)
            return
        # Odoo asks for a stock manager: the rule stands in for one
        row = self.with_user(SUPERUSER_ID).with_context(logistics_by_itself=True)
        try:
            with self.env.cr.savepoint():
                row._adjust(_("Adjusted by rule: %(rule)s", rule=rule.words))
        except UserError as error:
            self.message_post(body=_("Not adjusted by itself: %(error)s", error=error))
