"""What a supplier says it has shipped (the meaning of an X12 856 or a DESADV), before it arrives."""

from odoo import _, api, fields, models

STATES = [("open", "On Its Way"), ("received", "Received"), ("replaced", "Replaced"), ("cancelled", "Cancelled")]
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("new", "open", "supplier", "it says what it has shipped"),
    ("open", "replaced", "supplier", "another notice about the same shipment comes"),
    ("open", "received", "warehouse", "the receipt it filled in is done"),
    ("open", "cancelled", "buyer", "the goods will not come"),
]


class ShipNotice(models.Model):
    _name = "logistics.ship.notice"
    _description = "Ship Notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "eta_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Shipment", required=True, readonly=True, help="The supplier's number of the shipment.")
    state = fields.Selection(STATES, default="open", required=True, readonly=True, index=True, tracking=True)
    order_id = fields.Many2one(
        "purchase.order", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Supplier", store=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="restrict", check_company=True)
    picking_ids = fields.Many2many(
        "stock.picking",
        "logistics_ship_notice_picking_rel",
        "notice_id",
        "picking_id",
        string="Receipts",
        readonly=True,
    )
    line_ids = fields.One2many("logistics.ship.notice.line", "notice_id", string="Goods", readonly=True)
    shipped_at = fields.Datetime(readonly=True)
    eta_at = fields.Datetime(string="Expected", readonly=True, tracking=True)
    carrier = fields.Char(readonly=True)
    tracking_number = fields.Char(readonly=True)
    said_by = fields.Char(readonly=True, help="Code of the system.")
    message_ref = fields.Char(string="Message", readonly=True, help="The supplier's id of its message.")
    filled = fields.Boolean(
        string="Filled In", readonly=True, help="The receipt shows these quantities, lots, packages."
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_ship_notice_open_idx ON logistics_ship_notice"
            " (order_id, name) WHERE state = 'open'"
        )

    @api.depends("eta_at", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for notice in self:
            notice.is_late = notice.state == "open" and bool(notice.eta_at) and notice.eta_at < now

    def _search_is_late(self, operator, value):
        late = [("state", "=", "open"), ("eta_at", "<", fields.Datetime.now())]
        return late if (operator == "=") == bool(value) else ["!", "&", *late]

    def _receipt_done(self):
        """A receipt of these notices is done: those all of whose receipts are, are settled."""
        settled = self.filtered(
            lambda notice: notice.state == "open"
            and not notice.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        )
        settled.state = "received"

    def action_cancel(self, reason=None):
        """Button: these goods will not come; the receipt is no longer filled in by them.

        :param str reason: asked for when not given
        """
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_cancel", _("Why will they not come?"))
        for notice in self.filtered(lambda notice: notice.state == "open"):
            notice.state = "cancelled"
            notice.message_post(body=reason)
            # sudo: the receipt follows, whoever says so
            notice.sudo()._fill_receipts(notice.order_id)
        return True

    def action_open_receipts(self):
        """Smart button: the receipts these goods are expected on."""
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return dict(action, domain=[("id", "in", self.picking_ids.ids)], context={})
