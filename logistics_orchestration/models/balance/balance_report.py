"""What a warehouse system says it has, as it said it, and how each line compares with Odoo's own stock.

A report is a snapshot: lines are kept as told, also those nobody here knows. A worker compares them (``_work_one``):
Odoo's stock is taken back to the moment of the report, so that what was moved since is no difference; what a message
that waits in the inbox explains waits with it, for a day at most.
"""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..authority.difference import Difference

FACT = "stock.balance_reported"
STATES = [
    ("received", "Received"),
    ("waiting", "Waiting for Hand-overs"),
    ("reconciled", "Reconciled"),
    ("superseded", "Superseded"),
    ("failed", "Failed"),
]
# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "received", "worker", "a warehouse system reported balances"),
    ("received", "reconciled", "worker", "every line is compared"),
    ("received", "waiting", "worker", "a difference is explained by a message that waits in the inbox"),
    ("received", "superseded", "worker", "a newer report speaks of every line"),
    ("received", "failed", "worker", "the last attempt failed"),
    ("waiting", "reconciled", "worker", "what it waited for is done, or a day has passed"),
    ("waiting", "superseded", "worker", "a newer report speaks of every line"),
    ("waiting", "failed", "worker", "the last attempt failed"),
    ("reconciled", "received", "manager", "compare again, e.g. after a product got its code"),
    ("failed", "received", "manager", "compare again"),
]
_WAIT_MINUTES = 10
_WAIT_AT_MOST = timedelta(hours=24)


class BalanceReport(models.Model):
    _name = "logistics.balance.report"
    _description = "Stock Balance Report"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "as_of desc, id desc"
    _work_cron_id = "logistics_orchestration.cron_balances"
    _work_max_attempts = 8

    name = fields.Char(compute="_compute_name", store=True)
    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="restrict", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="restrict", index=True)
    as_of = fields.Datetime(required=True, readonly=True, help="The moment the warehouse speaks of.")
    complete = fields.Boolean(readonly=True, help="It names all it has: what it does not name, it has none of.")
    fact = fields.Char(readonly=True, required=True, default=FACT)
    statement_id = fields.Many2one(
        "logistics.statement", readonly=True, ondelete="restrict", help="Set where the system does not own balances."
    )
    inbox_message_id = fields.Integer(string="Message ID", readonly=True)
    state = fields.Selection(STATES, default="received", required=True, readonly=True, index=True, tracking=True)
    line_ids = fields.One2many("logistics.balance.line", "report_id", readonly=True)
    line_count = fields.Integer(compute="_compute_counts", string="Lines")
    differing_count = fields.Integer(compute="_compute_counts", string="Differing")
    unknown_count = fields.Integer(compute="_compute_counts", string="Not Known Here")
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True)

    @api.depends("warehouse_id", "as_of")
    def _compute_name(self):
        for report in self:
            report.name = f"{report.warehouse_id.code or ''} {report.as_of or ''}"

    def _compute_counts(self):
        groups = self.env["logistics.balance.line"]._read_group(
            [("report_id", "in", self.ids)], ["report_id", "verdict"], ["__count"]
        )
        counts = {(report.id, verdict): count for report, verdict, count in groups}
        for report in self:
            report.line_count = sum(count for (rid, _verdict), count in counts.items() if rid == report.id)
            report.differing_count = counts.get((report.id, "differs"), 0)
            report.unknown_count = counts.get((report.id, "unknown"), 0)

    # -- reconciling ------------------------------------------------------------------------------------------

    def _work_domain(self):
        return [("state", "in", ("received", "waiting")), ("next_attempt_at", "<=", fields.Datetime.now())]

    @api.model
    def _cron_reconcile(self):
        """Scheduled action: compare what was reported."""
        self._work_cron(self._work_cron_id)

    def _work_dead(self, error):
        self.write({"state": "failed"})
        self._tell(_("Balances of %(warehouse)s could not be compared", warehouse=self.warehouse_id.name), error)

    def _work_one(self):
        """Compare every line; open, update and settle discrepancies."""
        self.ensure_one()
        report = self.with_company(self.company_id).with_context(
            allowed_company_ids=self.company_id.ids,
            tz="UTC",
            logistics_event={"source": self.system_id.code, "uid": None},
        )
        lines = report.line_ids
        lines._identify()
        if report.complete:
            lines |= report._add_unnamed(lines)
        overtaken = lines._overtaken()
        overtaken.write({"verdict": "overtaken", "difference": 0})
        known = (lines - overtaken).filtered("product_id")
        known._measure()
        patient = fields.Datetime.now() < self.create_date + _WAIT_AT_MOST
        waits = known._explain() if patient else self.env["logistics.balance.line"]
        for line in known - waits:
            report._conclude(line)
        unknown = lines.filtered(lambda line: line.verdict == "unknown")
        if unknown and self.state == "received":
            self._tell(
                _("%(count)s reported lines are not known here: %(warehouse)s",
                  count=len(unknown), warehouse=self.warehouse_id.name),
                "; ".join(f"{line.label}: {line.explanation}" for line in unknown[:20]),
            )  # fmt: skip
        if lines and not lines - overtaken:
            state = "superseded"
        else:
            state = "waiting" if waits else "reconciled"
        again = fields.Datetime.add(fields.Datetime.now(), minutes=_WAIT_MINUTES)
        self.write({"state": state, "next_attempt_at": again, "last_error": False, "attempt_count": 0})

    def _conclude(self, line):
        """One measured line: same, within tolerance, or a discrepancy (adjusted by itself only where allowed)."""
        rule = self.env["logistics.authority.rule"]._find(FACT, self.system_id, self.warehouse_id)
        own, told = f"{line.own_quantity:g}", f"{line.quantity:g}"
        label = _("Stock of %(label)s in %(warehouse)s", label=line.label, warehouse=self.warehouse_id.code)
        point = Difference(line._point_key(), label, own, told, line.difference, line.own_quantity)
        discrepancies = self.env["logistics.discrepancy"]
        said = self.statement_id or self
        if point.agrees or rule._within(point):
            line.write({"verdict": "same" if point.agrees else "within", "explanation": False})
            discrepancies._agree(said, line.product_id, point, fact=FACT)
            return
        line.verdict = "differs"
        row = discrepancies._note(
            said,
            line.product_id,
            point,
            fact=FACT,
            balance_line_id=line.id,
            warehouse_id=self.warehouse_id.id,
            lot_id=line.lot_id.id,
            location_id=line.location_id.id,
        )
        line.write({"discrepancy_id": row.id, "explanation": line._hint()})
        row._adjust_by_itself(rule)

    def _add_unnamed(self, lines):
        """A complete report has none of what it does not name: lines of zero for what Odoo holds all the same."""
        named = lines.product_id
        stock = self.env["logistics.balance.line"]._stock_at(self.warehouse_id, self.as_of)
        held = {}
        for (product_id, _lot, _location), quantity in stock.items():
            held[product_id] = held.get(product_id, 0.0) + quantity
        products = self.env["product.product"].browse([pid for pid, quantity in held.items() if round(quantity, 6)])
        return self.env["logistics.balance.line"].create(
            [
                {
                    "report_id": self.id,
                    "sku": product.default_code or product.display_name,
                    "product_id": product.id,
                    "implied": True,
                }
                for product in products - named
            ]
        )

    def _tell(self, summary, note):
        user = self.system_id.user_id or self.env.ref("base.user_admin")
        if not self.activity_ids.filtered(lambda activity: activity.summary == summary):
            self.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=note, user_id=user.id)

    # -- people -----------------------------------------------------------------------------------------------

    def action_reconcile(self):
        """Compare again, e.g. after a product got its code."""
        if wrong := self.filtered(lambda report: report.state == "superseded"):
            raise UserError(_("%(name)s is superseded: a newer report speaks of all of it.", name=wrong[0].name))
        self.write({"state": "received", "next_attempt_at": fields.Datetime.now(), "attempt_count": 0})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._work_wake()
        return True

    def action_open_lines(self):
        """The lines, those that differ first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_balance_line")
        return dict(action, domain=[("report_id", "=", self.id)], context={})
