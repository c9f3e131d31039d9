"""A shipment: what left on one outgoing transfer, towards one consignee, and how far it got.

Its status is never written: it follows from the parcels. What people and partners do with it lives in
``shipment_actions`` and ``shipment_scan``.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...milestones import rank, shipment_status
from ...milestones.track import Status
from .codes import CERTAINTY, CLOSED, EXCEPTION, MILESTONE

POD_STATES = [
    ("none", "None"),
    ("received", "Received"),
    ("incomplete", "Incomplete"),
    ("disputed", "Disputed"),
    ("verified", "Verified"),
]
_COLORS = {"unknown": 0, "pre_transit": 3, "delivered": 10, "returning": 2, "returned": 2, "cancelled": 8}


class Shipment(models.Model):
    _name = "logistics.shipment"
    _description = "Shipment"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # -- what and for whom --
    name = fields.Char(required=True, readonly=True, copy=False, index=True, default=lambda self: _("New"))
    order_id = fields.Many2one("sale.order", string="Sales Order", index=True, readonly=True, check_company=True)
    order_ids = fields.Many2many(
        "sale.order", string="Sales Orders", readonly=True, help="All orders it delivers, where transfers were merged."
    )
    picking_ids = fields.Many2many("stock.picking", string="Transfers", readonly=True, check_company=True, copy=False)
    partner_id = fields.Many2one("res.partner", string="Consignee", index=True, check_company=True)
    warehouse_id = fields.Many2one("stock.warehouse", index=True, readonly=True, check_company=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda s: s.env.company
    )
    user_id = fields.Many2one("res.users", string="Responsible", tracking=True, domain=[("share", "=", False)])
    parcel_ids = fields.One2many("logistics.parcel", "shipment_id", string="Parcels")
    parcel_count = fields.Integer(compute="_compute_parcels", store=True)
    weight_kg = fields.Float(string="Weight (kg)", compute="_compute_parcels", store=True, digits="Stock Weight")
    # -- carrier --
    carrier_id = fields.Many2one("delivery.carrier", tracking=True, check_company=True)
    service = fields.Char(tracking=True, help="The carrier's product, e.g. express.")
    tracking_number = fields.Char(index="trigram", copy=False, tracking=True, help="The carrier's number of the whole.")
    label_attachment_ids = fields.Many2many("ir.attachment", compute="_compute_labels", string="Labels")
    label_state = fields.Selection(
        [("none", "None"), ("requested", "Requested"), ("partial", "Partly"), ("ok", "Ready"), ("failed", "Failed")],
        string="Label Status",
        compute="_compute_label_state",
        store=True,
    )
    # -- how far --
    milestone = fields.Selection(
        MILESTONE, compute="_compute_status", store=True, index=True, tracking=True, group_expand="_expand_milestone",
        help="That of its least advanced open parcel.",
    )  # fmt: skip
    exception_code = fields.Selection(
        EXCEPTION, string="Exception", compute="_compute_status", store=True, index="btree_not_null", tracking=True,
        help="The severest one of its parcels.",
    )  # fmt: skip
    certainty = fields.Selection(CERTAINTY, compute="_compute_status", store=True)
    milestone_at = fields.Datetime(string="Since", compute="_compute_status", store=True)
    promised_at = fields.Datetime(tracking=True, index=True, help="When the customer was told it would arrive.")
    eta_at = fields.Datetime(string="Expected Arrival", readonly=True, copy=False, help="What the carrier says.")
    eta_told_at = fields.Datetime(readonly=True, copy=False)
    dispatched_at = fields.Datetime(readonly=True, copy=False, index=True)
    dispatched_by = fields.Char(readonly=True, copy=False, help="A person, the automation or a carrier's scan.")
    dispatch_manual = fields.Boolean(string="Dispatched by Hand", readonly=True, copy=False)
    delivered_at = fields.Datetime(compute="_compute_status", store=True)
    milestone_ids = fields.One2many("logistics.milestone", "shipment_id", string="Scans", readonly=True)
    # -- proof --
    pod_ids = fields.One2many("logistics.pod", "shipment_id", string="Proofs of Delivery", readonly=True)
    pod_count = fields.Integer(compute="_compute_pod_count")
    pod_state = fields.Selection(
        POD_STATES, string="Proof of Delivery", compute="_compute_pod_state", store=True, index=True,
        help="Verified when every delivered parcel is covered by a verified proof.",
    )  # fmt: skip
    color = fields.Integer(compute="_compute_color")
    can_dispatch = fields.Boolean(compute="_compute_color")

    _sql_constraints = [("name_unique", "UNIQUE(name, company_id)", "Another shipment has this number.")]

    @api.model
    def _expand_milestone(self, values, domain, order):
        """Columns of the kanban: the whole way, without the ends nobody works on unless something is there."""
        return [
            code for code, _label in MILESTONE if code not in ("at_customs", "returned", "cancelled") or code in values
        ]

    @api.depends("parcel_ids.milestone", "parcel_ids.exception_code", "parcel_ids.certainty", "parcel_ids.milestone_at")
    def _compute_status(self):
        for shipment in self:
            status = shipment_status(
                Status(
                    parcel.milestone or "unknown",
                    parcel.exception_code or None,
                    parcel.certainty or "planned",
                    parcel.milestone_at or None,
                )
                for parcel in shipment.parcel_ids
            )
            shipment.milestone = status.milestone
            shipment.exception_code = status.exception
            shipment.certainty = status.certainty
            shipment.milestone_at = status.since
            shipment.delivered_at = status.since if status.milestone == "delivered" else False

    @api.depends("parcel_ids.weight_kg")
    def _compute_parcels(self):
        for shipment in self:
            shipment.parcel_count = len(shipment.parcel_ids)
            shipment.weight_kg = sum(shipment.parcel_ids.mapped("weight_kg"))

    @api.depends("parcel_ids.label_attachment_id", "parcel_ids.label_state")
    def _compute_labels(self):
        for shipment in self:
            shipment.label_attachment_ids = shipment._live_labels().label_attachment_id

    @api.depends("parcel_ids.label_state")
    def _compute_label_state(self):
        for shipment in self:
            states = set(shipment.parcel_ids.mapped("label_state")) - {"voided"}
            if "failed" in states:
                shipment.label_state = "failed"
            elif states == {"ok"}:
                shipment.label_state = "ok"
            elif "ok" in states:
                shipment.label_state = "partial"
            else:
                shipment.label_state = "requested" if "requested" in states else "none"

    @api.depends("pod_ids.state", "pod_ids.parcel_ids", "parcel_ids.milestone")
    def _compute_pod_state(self):
        for shipment in self:
            states = set(shipment.pod_ids.mapped("state"))
            proven = shipment.pod_ids.filtered(lambda p: p.state == "verified").parcel_ids
            expected = shipment.parcel_ids.filtered(lambda p: p.milestone not in ("cancelled", "returning", "returned"))
            if states & {"disputed", "incomplete"}:
                shipment.pod_state = "disputed" if "disputed" in states else "incomplete"
            elif expected and expected <= proven:
                shipment.pod_state = "verified"
            else:
                shipment.pod_state = "received" if states else "none"

    @api.depends("pod_ids")
    def _compute_pod_count(self):
        for shipment in self:
            shipment.pod_count = len(shipment.pod_ids)

    @api.depends("milestone", "exception_code", "dispatched_at")
    def _compute_color(self):
        for shipment in self:
            shipment.color = 1 if shipment.exception_code else _COLORS.get(shipment.milestone, 4)
            shipment.can_dispatch = not shipment.dispatched_at and shipment.milestone not in CLOSED

    # -- life ----------------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", _("New")) == _("New"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("logistics.shipment")
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (told := {"dispatched_at", "dispatched_by", "dispatch_manual", "eta_at"} & vals.keys()):
            raise UserError(
                _(
                    "%(fields)s of a shipment follow from what happens to it. Use Dispatch or Set milestone.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(told)),
                )
            )
        self._logistics_carrier_written(vals)
        return super().write(vals)

    def _logistics_carrier_told(self):
        return self.can_dispatch

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Shipments are kept. Cancel %(names)s instead.", names=", ".join(self.mapped("name"))))

    # -- events --------------------------------------------------------------------------------------------------

    def _logistics_root(self):
        if self.order_id:
            return self.order_id
        return self.picking_ids[:1]._logistics_root() if self.picking_ids.purchase_id else self

    def _logistics_scope(self):
        return {
            "company": self.company_id,
            "warehouse": self.warehouse_id,
            "partner": self.order_id.partner_id or self.partner_id,
        }

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        """Data of every ``logistics.shipment.*`` and ``logistics.delivery.*`` event."""
        self.ensure_one()
        data = {
            "shipment": self.name,
            "order": self.order_id.name or "",
            "transfer": ", ".join(self.picking_ids.mapped("name")),
            "warehouse": self.warehouse_id.code or "",
            "carrier": self.carrier_id.name or "",
            "service": self.service or "",
            "tracking_number": self.tracking_number or "",
            "parcels": [parcel._logistics_parcel_data() for parcel in self.parcel_ids],
            "milestone": self.milestone,
            "exception_code": self.exception_code or "",
            "certainty": self.certainty,
            "promised_at": self._logistics_time(self.promised_at),
            "eta_at": self._logistics_time(self.eta_at),
        }
        if type_name == "logistics.shipment.label_created":
            data["label_format"] = self._label_format()
        return data

    @api.model
    def _logistics_time(self, moment):
        """RFC 3339 text of a naive UTC time, or None."""
        return moment.isoformat(timespec="seconds") + "Z" if moment else None

    def _label_format(self):
        mimetypes = set(self._live_labels().label_attachment_id.mapped("mimetype"))
        return "pdf" if mimetypes <= {"application/pdf"} else "zpl"

    def _live_labels(self):
        return self.parcel_ids.filtered(lambda p: p.label_state == "ok" and p.label_attachment_id)

    def _is_before(self, milestone):
        """Whether it has not come as far as ``milestone``."""
        return rank(self.milestone) < rank(milestone)
