"""Gate kind ``cutoff``: does it leave today, and if not, when?"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("cutoff", "Cut-off and working times")], ondelete={"cutoff": "cascade"})
    cutoff_late = fields.Selection(
        [("tell", "Pass, and say on which day it leaves"), ("hold", "Fail until that day begins")],
        string="After the Cut-off",
        required=True,
        default="tell",
        help="Fail: the warehouse gets orders in its working hours only; what is late waits until it opens again.",
    )

    def _warehouses(self):
        """The warehouses whose orders this gate is asked about."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id)] if self.company_id else []
        # sudo: also those of companies the user does not work in
        return self.warehouse_id or self.env["stock.warehouse"].sudo().search(domain)

    @api.constrains("kind", "warehouse_id", "company_id", "active")
    def _check_calendars(self):
        for gate in self.filtered(lambda gate: gate.kind == "cutoff" and gate.active):
            without = gate._warehouses().filtered(lambda warehouse: not warehouse.logistics_calendar_id)
            if without:
                raise ValidationError(
                    _(
                        "Gate %(name)s, Warehouse: %(warehouses)s has no working times. Set Working Times there, or"
                        " choose another warehouse.",
                        name=gate.name,
                        warehouses=", ".join(without.mapped("name")),
                    )
                )

    def _facts_cutoff(self, orders):
        """Now, and the working days of each warehouse."""
        now = fields.Datetime.now()
        warehouses = orders.warehouse_id.filtered("logistics_calendar_id")
        return {"now": now, "days": {w.id: w._logistics_work_days(now) for w in warehouses}, "ships": {}}

    def _gate_cutoff(self, order, facts):
        """What is released now leaves today; else it is told when it leaves.

        :raises UserError: the warehouse has no working times, or no working day comes
        """
        warehouse, carrier = order.warehouse_id, order.carrier_id
        if not order._logistics_ships():
            return {"passed": True, "words": _("Nothing to ship"), "inputs": {}}
        if warehouse.id not in facts["days"]:
            raise UserError(_("warehouse %(warehouse)s has no working times", warehouse=warehouse.name or ""))
        key = (warehouse.id, carrier.id)
        if key not in facts["ships"]:
            facts["ships"][key] = warehouse._logistics_ship_day(carrier, facts["now"], facts["days"][warehouse.id])
        day, opens, missed = facts["ships"][key]
        if not day:
            raise UserError(_("warehouse %(warehouse)s has no working day to come", warehouse=warehouse.name))
        waits = opens > facts["now"]
        passed = self.cutoff_late == "tell" or not waits
        date = format_date(self.env, day, date_format="EEE d MMM")
        if not waits:
            words = _("Leaves today, %(date)s", date=date)
        elif missed:
            words = _("After today's cut-off: leaves on %(date)s", date=date)
        else:
            words = _("%(warehouse)s is closed: leaves on %(date)s", warehouse=warehouse.name, date=date)
        return {
            "passed": passed,
            "words": words,
            "inputs": {"ship_day": str(day), "opens_at": f"{opens}Z", "warehouse": warehouse.code},
            "again_at": None if passed else opens,
        }
