"""A channel orders come in by: a shop, a marketplace, a trading partner; how its orders are matched and answered."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..inbox.inbox_errors import Quarantine

KINDS = [("direct", "Direct"), ("ecommerce", "Web shop"), ("edi", "EDI")]


class Channel(models.Model):
    _name = "logistics.channel"
    _description = "Sales Channel"
    _inherit = ["mail.thread"]
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, help="Short code, unique per company; a message may name it.")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, default="direct", tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    system_id = fields.Many2one(
        "logistics.system", check_company=True, index=True, ondelete="restrict", help="Sends the orders."
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", domain=[("share", "=", False)], help="Gets what a person has to decide."
    )
    # -- what an order of it is --
    team_id = fields.Many2one("crm.team", string="Sales Team", check_company=True)
    pricelist_id = fields.Many2one("product.pricelist", check_company=True, help="Empty: the customer's.")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty: Odoo's usual choice.")
    auto_confirm = fields.Boolean(
        string="Confirm by Itself", tracking=True, help="An order without open questions is confirmed at once."
    )
    # -- who and where --
    partner_id = fields.Many2one(
        "res.partner", string="Default Customer", check_company=True, help="Buys where no customer is recognised."
    )
    customer_policy = fields.Selection(
        [("match", "Known ones only"), ("create", "Create new ones")], default="match", required=True, tracking=True
    )
    address_policy = fields.Selection(
        [("match", "Known ones only"), ("create", "Create delivery addresses")],
        default="match",
        required=True,
        tracking=True,
    )
    # -- what and for how much --
    product_match = fields.Selection(
        [
            ("all", "Barcode, our reference, mapped codes"),
            ("barcode", "Barcode, mapped codes"),
            ("sku", "Our reference, mapped codes"),
            ("mapped", "Mapped codes only"),
        ],
        string="Products Are Known By",
        default="all",
        required=True,
        help="What a person mapped counts first. Codes that lead to different products are never guessed at.",
    )
    price_policy = fields.Selection(
        [("ours", "Our price list counts"), ("buyer", "The buyer's price counts")],
        default="ours",
        required=True,
        tracking=True,
    )
    price_tolerance = fields.Float(
        string="Price Tolerance %",
        default=1.0,
        tracking=True,
        help="A buyer's price that differs more from the price list holds the order.",
    )
    code_ids = fields.One2many("logistics.channel.code", "channel_id", string="Mapped Codes")
    # -- what goes back --
    document_format = fields.Selection(
        [("none", "Events only"), ("x12", "X12: 855, 856, 997"), ("edifact", "EDIFACT: ORDRSP, DESADV, CONTRL")],
        string="Documents",
        default="none",
        required=True,
        help="Written with each answer and kept; sent by a subscription whose form is the document.",
    )
    contrl_policy = fields.Selection(
        [
            ("asked", "Where the interchange asks for it"),
            ("always", "For every interchange"),
            ("never", "Never"),
        ],
        string="CONTRL",
        default="asked",
        required=True,
        help="The syntax and service report by which the partner knows that its interchange was taken.",
    )
    our_edi_id = fields.Char(string="Our EDI ID", help="As sender in ISA06 or UNB.")
    our_edi_qualifier = fields.Char(string="Our Qualifier", help="Empty: ZZ for X12, 14 (GS1) for EDIFACT.")
    partner_edi_id = fields.Char(string="Partner's EDI ID", help="As receiver in ISA08 or UNB.")
    partner_edi_qualifier = fields.Char(string="Partner's Qualifier", help="Empty: ZZ for X12, 14 (GS1) for EDIFACT.")
    document_ids = fields.One2many("logistics.channel.document", "channel_id")
    order_count = fields.Integer(compute="_compute_counts", string="Orders")
    waiting_count = fields.Integer(compute="_compute_counts", string="To Map")
    document_count = fields.Integer(compute="_compute_counts", string="Documents Written")

    _sql_constraints = [
        ("code_unique", "UNIQUE(code, company_id)", "Another channel of this company has this code."),
    ]

    def _compute_counts(self):
        def counted(model, field, records, domain=()):
            # sudo: figures; the lists behind them have their own rights
            rows = self.env[model].sudo()._read_group([(field, "in", records.ids), *domain], [field], ["__count"])
            return {record.id: count for record, count in rows}

        orders = counted("sale.order", "logistics_channel_id", self)
        documents = counted("logistics.channel.document", "channel_id", self)
        unmapped = [("state", "=", "quarantined"), ("type", "=", "order.received")]
        waiting = counted("logistics.inbox.message", "system_id", self.system_id, unmapped)
        for channel in self:
            channel.order_count = orders.get(channel.id, 0)
            channel.document_count = documents.get(channel.id, 0)
            channel.waiting_count = waiting.get(channel.system_id.id, 0)

    @api.constrains("code")
    def _check_code(self):
        for channel in self:
            if not channel.code.replace("_", "").replace("-", "").isalnum() or not channel.code.isascii():
                raise ValidationError(
                    _("Code %(code)s of %(name)s: use letters, digits, - and _ only.",
                      code=channel.code, name=channel.name)
                )  # fmt: skip

    @api.constrains("price_tolerance")
    def _check_price_tolerance(self):
        for channel in self:
            if not 0 <= channel.price_tolerance <= 100:
                raise ValidationError(_("Price tolerance of %(name)s: 0 to 100 percent.", name=channel.name))

    @api.constrains("document_format", "our_edi_id", "partner_edi_id")
    def _check_edi(self):
        for channel in self.filtered(lambda channel: channel.document_format != "none"):
            for field in ("our_edi_id", "partner_edi_id"):
                said = channel[field] or ""
                if not said.strip() or len(said) > 15 or not said.isascii():
                    label = channel._fields[field]._description_string(self.env)
                    raise ValidationError(
                        _("%(field)s of %(name)s: documents need it, at most 15 plain characters.",
                          field=label, name=channel.name)
                    )  # fmt: skip

    @api.model
    def _for_message(self, message, order):
        """The channel an order belongs to: the one it names, else the only one of the system that sent it.

        :raises Quarantine: there is none, or several
        """
        channels = self.search([("system_id", "=", message.system_id.id)])
        if order.get("channel"):
            channels = channels.filtered(lambda channel: channel.code == order["channel"])
        if len(channels) == 1:
            return channels
        raise Quarantine(
            _(
                "%(count)s sales channels of %(system)s fit. Set up one (Configuration > Sales Channels) with this "
                "system; where it has several, the order names the code in channel. Then replay.",
                count=len(channels),
                system=message.system_id.name,
            )
        )

    def _gives_receipt(self, group):
        """Whether what came in is answered with a functional acknowledgement: always in X12, by policy in EDIFACT.

        :param dict group: as the adapter made it; ``asked``: the interchange asks for one (UNB 0031)
        """
        self.ensure_one()
        if group.get("format", "x12") != self.document_format:
            return False
        if self.document_format == "x12":
            return True
        return self.contrl_policy == "always" or (self.contrl_policy == "asked" and bool(group.get("asked")))

    def action_open_orders(self):
        """The orders of this channel."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        return dict(action, domain=[("logistics_channel_id", "in", self.ids)], context={})

    def action_open_waiting(self):
        """What came in and waits to be mapped."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_inbox_message")
        domain = [
            ("system_id", "in", self.system_id.ids),
            ("type", "=", "order.received"),
            ("state", "=", "quarantined"),
        ]
        return dict(action, domain=domain, context={})

    def action_open_documents(self):
        """The documents written for this channel."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_channel_document")
        return dict(action, domain=[("channel_id", "in", self.ids)], context={})
