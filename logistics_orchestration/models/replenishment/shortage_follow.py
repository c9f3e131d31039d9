"""A shortage follows its stock: covered when enough is on order, over when the stock is back."""

from odoo import _, api, fields, models

from .projection import recovered
from .shortage import ACTIVE

CHECK_BATCH = 500


class Shortage(models.Model):
    _inherit = "logistics.shortage"

    def _refresh(self, scheduled=False):
        """Look at the stock again: open, covered, or over. Called by the cron, on receipts and after orders change.

        :param bool scheduled: this look is one of those that count as stable when nothing is short (see the settings)
        """
        active = self.filtered(lambda s: s.state in ACTIVE)
        if not active:
            return
        by_scope = active._rules_by_scope()
        for shortage in active:
            rules = by_scope.get((shortage.product_id.id, shortage.warehouse_id.id))
            if not rules:
                shortage._close("cancelled", _("The reordering rule is gone or archived."))
            elif all(shortage._is_recovered(rule) for rule in rules):
                shortage._close("resolved", _("The forecast is back above the minimum."))
            elif scheduled and shortage._is_stable(rules):
                shortage._close("resolved", _("The forecast stayed above the minimum."))
            else:
                state = "open" if shortage._lacks_supply(rules) else "covered"
                vals = {"checked_at": fields.Datetime.now()}
                if state != shortage.state:
                    vals["state"] = state
                shortage.write(vals)

    def _tell_at_risk(self):
        """Tell others, once per episode, that known demand cannot be met in time."""
        for shortage in self.filtered(lambda s: s.demand_at_risk and not s.at_risk_told):
            shortage.at_risk_told = True
            shortage._logistics_emit("logistics.stock.shortage_detected", certainty="estimated")

    def _weigh(self):
        """Who waits, what comes too late, and what can be done about it: too much for a person's own transaction."""
        self._refresh_demand()
        self._refresh_risks()
        self.filtered(lambda s: s._needs_options())._price_options()
        over = self.filtered(lambda s: s.state not in ACTIVE).option_ids
        for option in over.filtered(lambda option: option.state == "requested"):
            option._supersede(_("The shortage is over."))
        over.filtered(lambda option: option.state == "proposed").unlink()

    def _rules_by_scope(self):
        """Active reordering rules of these shortages: {(product id, warehouse id): rules}."""
        rules = self.env["stock.warehouse.orderpoint"].search(
            [("product_id", "in", self.product_id.ids), ("warehouse_id", "in", self.warehouse_id.ids)]
        )
        result = {}
        for rule in rules:
            key = (rule.product_id.id, rule.warehouse_id.id)
            result[key] = result.get(key, rule) | rule
        return result

    def _lacks_supply(self, rules):
        """Whether too little is on order: below the minimum, or running out soon with nothing ordered."""
        if rules._logistics_below_minimum():
            return True
        ordered = self.purchase_line_ids._logistics_outstanding() or any(self._waiting_moves(rule) for rule in rules)
        return not ordered and bool(rules._logistics_early())

    def _is_stable(self, rules):
        """Count this look when nothing is short without what is waited for; whether there were enough in a row."""
        enough = self.company_id.logistics_stable_scans
        calm = all(self._is_recovered(rule, ratio=0.0) for rule in rules)
        self.stable_count = self.stable_count + 1 if calm else 0
        return bool(enough) and self.stable_count >= enough

    def _is_recovered(self, rule, ratio=None):
        """Whether stock and forecast hold without what this shortage itself still waits for (then it is over).

        :param float ratio: how far above the minimum; the company's figure when not given
        """
        if ratio is None:
            ratio = rule.company_id.logistics_recovery_percent / 100
        context = rule._get_product_context()
        available = rule.product_id.with_context(**context).virtual_available
        horizon = context["to_date"]
        waiting = self._waiting_moves(rule)
        # Odoo's forecast counts receipts at their date, dock to stock or not
        secured = available - sum(waiting.filtered(lambda move: move.date <= horizon).mapped("product_qty"))
        rounding = rule.product_id.uom_id.rounding
        if not recovered(secured, rule.product_min_qty, rule.product_max_qty, ratio=ratio, rounding=rounding):
            return False
        flows = [(day, move.product_qty) for move, day in waiting._logistics_usable_on().items()]
        return not rule._logistics_early(margin=ratio, less={rule: flows})

    def _waiting_moves(self, rule):
        """Receipts still to come that this episode ordered, by purchase or by transfer."""
        return self.env["stock.move"].search(
            [
                ("product_id", "=", self.product_id.id),
                ("state", "not in", ("draft", "done", "cancel")),
                ("location_dest_id", "child_of", rule.location_id.id),
                "!",
                ("location_id", "child_of", rule.location_id.id),
                "|",
                ("purchase_line_id", "in", self.purchase_line_ids.ids),
                "&",
                ("orderpoint_id", "=", rule.id),
                ("create_date", ">=", self.create_date),
            ]
        )

    def _close(self, state, reason):
        self.write(
            {
                "state": state,
                "close_reason": reason,
                "closed_at": fields.Datetime.now(),
                "checked_at": fields.Datetime.now(),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])

    @api.model
    def _cron_refresh(self):
        """Scheduled action: look again at open episodes, those longest unchecked first."""
        due = fields.Datetime.subtract(fields.Datetime.now(), minutes=30)
        domain = [("state", "in", ACTIVE), "|", ("checked_at", "=", False), ("checked_at", "<", due)]
        due = self.search(domain, limit=CHECK_BATCH, order="checked_at NULLS FIRST, id")
        due._refresh()
        due._weigh()
        if self.search(domain, limit=1):
            self.env.ref("logistics_orchestration.cron_shortages")._trigger()  # more than one batch: go on at once
