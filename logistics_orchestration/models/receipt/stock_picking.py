"""Receipts: their checks, when they came to the dock, and the ship notices they were filled from."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    logistics_check_ids = fields.One2many("logistics.receipt.check", "picking_id", string="Receipt Checks")
    logistics_check_count = fields.Integer(compute="_compute_logistics_checks", compute_sudo=True, string="Checks")
    logistics_open_checks = fields.Integer(compute="_compute_logistics_checks", compute_sudo=True)
    logistics_failed_checks = fields.Integer(compute="_compute_logistics_checks", compute_sudo=True)
    logistics_arrived_at = fields.Datetime(
        string="Arrived", readonly=True, copy=False, index="btree_not_null", help="At the dock, not yet put away."
    )
    logistics_dock = fields.Char(string="Dock", copy=False, help="Door the goods are expected or unloaded at.")
    logistics_notice_ids = fields.Many2many(
        "logistics.ship.notice",
        "logistics_ship_notice_picking_rel",
        "picking_id",
        "notice_id",
        string="Ship Notices",
        readonly=True,
        copy=False,
    )
    logistics_notice_count = fields.Integer(compute="_compute_logistics_notice_count", compute_sudo=True)

    @api.depends("logistics_check_ids.state")
    def _compute_logistics_checks(self):
        for picking in self:
            states = picking.logistics_check_ids.mapped("state")
            picking.logistics_check_count = len([s for s in states if s not in ("skipped", "cancelled")])
            picking.logistics_open_checks = states.count("todo")
            picking.logistics_failed_checks = states.count("failed")

    @api.depends("logistics_notice_ids")
    def _compute_logistics_notice_count(self):
        for picking in self:
            picking.logistics_notice_count = len(picking.logistics_notice_ids)

    # -- choke point ------------------------------------------------------------------------------------------

    def _action_done(self):
        with self.env["logistics.event"]._business_call():
            result = super()._action_done()
            done = self.exists().filtered(lambda p: p.state == "done" and p.picking_type_code == "incoming")
            done._logistics_drop_checks()
            # sudo: the supplier's word is settled, whoever receives
            done.sudo().logistics_notice_ids._receipt_done()
        return result

    # -- checks -----------------------------------------------------------------------------------------------

    def _logistics_plan_checks(self, moves):
        """Make the checks of what ``moves`` bring, once per receipt and product."""
        # sudo: plans are the company's; whoever confirms or receives may not read them
        plans = self.env["logistics.receipt.check.plan"].sudo().search([("company_id", "in", self.company_id.ids)])
        if not plans:
            return
        for picking in self.sudo():  # sudo: as above
            known = picking.logistics_check_ids.filtered(lambda check: check.state != "cancelled").product_id
            # sudo: as above
            mine = moves.sudo().filtered(lambda move, picking=picking: move.picking_id == picking)
            supplier = picking.partner_id.commercial_partner_id
            # always in the same order: two receipts of the same goods wait for each other, never both
            for product, of_product in sorted(mine.grouped("product_id").items(), key=lambda item: item[0].id):
                if product in known:
                    continue
                fitting = plans.filtered(
                    lambda plan, move=of_product[:1]: plan.company_id == move.company_id and plan._fits(move)
                )
                if fitting:
                    fitting[:1]._make_check(picking, product, supplier)

    def _logistics_drop_checks(self):
        """Checks of what will not come with these receipts are off; a backorder gets its own."""
        # sudo: checks follow their receipt, whoever cancels or receives
        waiting = self.sudo().logistics_check_ids.filtered(lambda check: check.state == "todo")
        for check in waiting:
            if not check._moves() or check.picking_id.state == "done":
                check.state = "cancelled"
                if not check.repeat_of_id:
                    # sudo: as above
                    self.env["logistics.receipt.check.series"].sudo()._give_back(check)

    def _logistics_checked(self):
        """Tell the verdicts once every check of a receipt is decided."""
        for picking in self:
            states = picking.logistics_check_ids.mapped("state")
            if "todo" not in states:
                picking._logistics_emit("logistics.receipt.checked")

    def _logistics_data(self, type_name):
        data = super()._logistics_data(type_name)
        if type_name == "logistics.receipt.checked":
            picking = self.sudo()  # sudo: partners are told the same whoever checks
            checks = picking.logistics_check_ids.filtered(lambda check: check.state in ("passed", "failed", "waived"))
            data = {key: data[key] for key in ("transfer", "purchase", "warehouse")}
            data["supplier"] = picking.partner_id.display_name or ""
            data["lines"] = [check._wire() for check in checks]
        elif type_name == "logistics.receipt.arrived":
            data = {key: data[key] for key in ("transfer", "purchase", "warehouse")}
            arrived = self.logistics_arrived_at
            data.update(dock=self.logistics_dock or "", arrived_at=arrived.isoformat(timespec="seconds") + "Z")
        return data

    # -- buttons ----------------------------------------------------------------------------------------------

    def action_logistics_checks(self):
        """Smart button: the checks of this receipt; the only one opens at once."""
        self.ensure_one()
        checks = self.logistics_check_ids.filtered(lambda check: check.state not in ("skipped", "cancelled"))
        if len(checks) == 1:
            return checks.action_open()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_receipt_check")
        return dict(action, domain=[("id", "in", checks.ids)], context={})

    def action_logistics_notices(self):
        """Smart button: what the supplier said it shipped."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_ship_notice")
        return dict(action, domain=[("picking_ids", "in", self.ids)], context={})

    def action_logistics_arrived(self):
        """Button: the goods are at the dock."""
        if wrong := self.filtered(
            lambda picking: picking.picking_type_code != "incoming" or picking.state in ("done", "cancel")
        ):
            raise UserError(_("%(name)s is no receipt that is still to come.", name=wrong[0].name))
        self.filtered(lambda picking: not picking.logistics_arrived_at)._logistics_arrive(fields.Datetime.now())
        return True

    def _logistics_arrive(self, arrived_at, dock=None, source=None):
        """Note the arrival at the dock and tell it."""
        for picking in self:
            picking.logistics_arrived_at = arrived_at
            if dock:
                picking.logistics_dock = dock
            picking._logistics_emit("logistics.receipt.arrived", occurred_at=arrived_at, source=source)
