"""Proof of delivery: who took what, in which condition, and with which evidence.

received -> verified when the customer's completeness rule is met, else incomplete until somebody adds what is missing.
A verified proof makes quantities billable; a disputed one makes them unbillable again. What people decide about it
lives in ``pod_actions``.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare

STATES = [("received", "Received"), ("incomplete", "Incomplete"), ("verified", "Verified"), ("disputed", "Disputed")]
# (from, to, who, event)
TRANSITIONS = [
    ("received", "verified", "Odoo, planner", "logistics.pod.verified"),
    ("received", "incomplete", "Odoo", "logistics.pod.incomplete"),
    ("incomplete", "verified", "Odoo, planner; manager in spite of what is missing", "logistics.pod.verified"),
    ("received", "disputed", "planner", ""),
    ("incomplete", "disputed", "planner", ""),
    ("verified", "disputed", "planner", "logistics.pod.incomplete"),
    ("disputed", "verified", "planner; manager in spite of what is missing", "logistics.pod.verified"),
]
_DECIDED = {"state", "verified_at", "verified_by_id", "accept_reason", "dispute_reason"}


class Pod(models.Model):
    _name = "logistics.pod"
    _description = "Proof of Delivery"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(
        STATES, default="received", required=True, readonly=True, copy=False, index=True, tracking=True
    )
    shipment_id = fields.Many2one(
        "logistics.shipment", required=True, ondelete="restrict", index=True, check_company=True
    )
    parcel_ids = fields.Many2many(
        "logistics.parcel", string="Parcels", domain="[('shipment_id', '=', shipment_id)]",
        help="The parcels it proves; empty: all of the shipment.",
    )  # fmt: skip
    order_id = fields.Many2one(related="shipment_id.order_id", store=True, index=True)
    partner_id = fields.Many2one(related="shipment_id.partner_id", store=True, string="Consignee")
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    signed_by = fields.Char(tracking=True, help="Who took the goods.")
    signed_at = fields.Datetime(tracking=True)
    place = fields.Char(help="Where they were left.")
    evidence_ids = fields.One2many("logistics.pod.evidence", "pod_id")
    line_ids = fields.One2many("logistics.pod.line", "pod_id", string="Quantities")
    has_remarks = fields.Boolean(compute="_compute_has_remarks", store=True, help="Something was damaged or refused.")
    missing = fields.Text(compute="_compute_missing", help="What the customer's rule asks for and is not there.")
    manual = fields.Boolean(string="Entered by Hand", readonly=True, copy=False)
    system_id = fields.Many2one("logistics.system", string="Received From", readonly=True, ondelete="set null")
    inbox_message_id = fields.Integer(readonly=True, copy=False)
    verified_at = fields.Datetime(readonly=True, copy=False)
    verified_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="set null")
    accept_reason = fields.Char(readonly=True, copy=False, help="Why it was accepted in spite of what is missing.")
    dispute_reason = fields.Char(readonly=True, copy=False, tracking=True)

    @api.depends("line_ids.damaged", "line_ids.refused")
    def _compute_has_remarks(self):
        for pod in self:
            pod.has_remarks = any(line.damaged or line.refused for line in pod.line_ids)

    @api.depends(
        "signed_by", "signed_at", "evidence_ids.kind", "line_ids.delivered", "line_ids.damaged", "line_ids.refused"
    )
    def _compute_missing(self):
        for pod in self:
            pod.missing = "\n".join(pod._get_missing())

    def _get_missing(self):
        """What the customer's completeness rule asks for and this proof lacks, in words; override to ask for more."""
        self.ensure_one()
        rule = self.partner_id.commercial_partner_id._logistics_pod_rule(self.company_id)
        kinds = set(self.evidence_ids.filtered("attachment_id").mapped("kind"))
        missing = []
        if rule["signer"] and not (self.signed_by and self.signed_at):
            missing.append(_("Name of who signed, and when"))
        if rule["signature"] and not kinds & {"signature", "document"}:
            missing.append(_("Signature (drawn, or a signed document)"))
        if rule["photo"] and "photo" not in kinds:
            missing.append(_("Photo"))
        for line in self.line_ids:
            told = line.delivered + line.damaged + line.refused
            if float_compare(told, line.shipped, precision_rounding=line.uom_id.rounding) > 0:
                missing.append(
                    _(
                        "Right quantities of %(product)s: %(told)s told, %(shipped)s shipped",
                        product=line.product_id.display_name,
                        told=told,
                        shipped=line.shipped,
                    )
                )
        return missing

    # -- coming in -----------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_decided(vals)
            if vals.get("name", _("New")) == _("New"):
                shipment = self.env["logistics.shipment"].browse(vals.get("shipment_id"))
                company = shipment.company_id or self.env.company
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("logistics.pod")
            vals.setdefault("manual", not self.env.su)
        pods = super().create(vals_list)
        for pod in pods:
            pod.parcel_ids = pod.parcel_ids or pod.shipment_id.parcel_ids
            if not pod.line_ids:
                pod._fill_lines({})
        pods.filtered("manual")._announce()
        return pods

    def write(self, vals):
        self._refuse_decided(vals)
        if not self.env.su and vals.keys() & {
            "signed_by",
            "signed_at",
            "shipment_id",
            "parcel_ids",
            "line_ids",
            "evidence_ids",
        }:
            self._check_open()
        return super().write(vals)

    @api.constrains("parcel_ids", "shipment_id")
    def _check_parcels(self):
        for pod in self:
            if strange := pod.parcel_ids - pod.shipment_id.parcel_ids:
                raise ValidationError(
                    _(
                        "Parcels: %(parcel)s is none of %(shipment)s, whose delivery is to be proven.",
                        parcel=strange[0].display_name,
                        shipment=pod.shipment_id.name,
                    )
                )

    def _refuse_decided(self, vals):
        if not self.env.su and (decided := _DECIDED & vals.keys()) and vals.get("state") != "received":
            raise UserError(
                _(
                    "%(fields)s of a proof of delivery: use Verify, Accept or Dispute.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(decided)),
                )
            )

    def _check_open(self):
        """What money rests on is not changed afterwards."""
        for pod in self.filtered(lambda p: p.state == "verified"):
            raise UserError(
                _("%(name)s is verified. Dispute it first, then correct and verify it again.", name=pod.name)
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unverified(self):
        self._check_open()

    @api.model
    def _receive(self, parcels, vals, evidence, quantities):
        """Take in what a partner sent; a message about parcels that have a proof completes that one.

        :param parcels: parcels of one shipment
        :param dict vals: signer, time, place, system, inbox message
        :param list evidence: dicts with kind, filename, raw
        :param dict quantities: {product: {"delivered", "damaged", "refused"}} as told; products left out came in order
        :returns: (proof, whether the message told anything new)
        """
        pods = self.search([("shipment_id", "=", parcels.shipment_id.id)])
        pod = pods.filtered(lambda p: p.parcel_ids >= parcels)[:1]
        with self.env["logistics.event"]._business_call():
            if pod:
                return pod, pod._complete(vals, evidence, quantities)
            pod = self.create(
                dict(
                    vals,
                    shipment_id=parcels.shipment_id.id,
                    parcel_ids=[fields.Command.set(parcels.ids)],
                    manual=False,
                    line_ids=[],
                )
            )
            if quantities:
                pod._fill_lines(quantities)
            pod._add_evidence(evidence)
            pod._announce()
            pod._check_complete()
        return pod, True

    def _complete(self, vals, evidence, quantities):
        """Add what a further message tells (to a verified proof evidence only); returns whether anything was new."""
        self.ensure_one()
        new = self._add_evidence(evidence)
        if self.state == "verified":
            return new
        missing = {key: value for key, value in vals.items() if value and not self[key]}
        if missing:
            self.write(missing)
        if quantities and self._fill_lines(quantities):
            new = True
        self._check_complete()
        return new or bool(missing)

    def _announce(self):
        for pod in self:
            pod._logistics_emit("logistics.pod.received", occurred_at=pod.signed_at or None)

    def _add_evidence(self, evidence):
        """Attach what is not attached yet; returns whether something was."""
        added = [item for item in evidence if self.env["logistics.pod.evidence"]._attach(self, **item)]
        return bool(added)

    def _fill_lines(self, quantities):
        """Set the lines from what is in the parcels and what was told of it; returns whether they changed."""
        self.ensure_one()
        before = [(line.move_id, line.delivered, line.damaged, line.refused) for line in self.line_ids]
        rows = self.env["logistics.pod.line"]._prepare_rows(self.parcel_ids or self.shipment_id.parcel_ids, quantities)
        if before == [(row["move"], row["delivered"], row["damaged"], row["refused"]) for row in rows]:
            return False
        self.line_ids = [fields.Command.clear()] + [
            fields.Command.create(
                dict(
                    {k: v for k, v in row.items() if k not in ("move", "product")},
                    move_id=row["move"].id,
                    product_id=row["product"].id,
                )
            )
            for row in rows
        ]
        return True

    def _check_complete(self):
        """Verify what is complete, mark what is not and say what it lacks."""
        for pod in self.filtered(lambda p: p.state in ("received", "incomplete")):
            missing = pod._get_missing()
            if not missing:
                pod._verify()
            else:
                was = pod.state
                pod.sudo().state = "incomplete"  # sudo: the rule decides, not whoever entered it
                if was != "incomplete":
                    pod._logistics_emit("logistics.pod.incomplete")
                    pod._logistics_activity(
                        _("Complete the proof of delivery %(name)s", name=pod.name), ", ".join(missing)
                    )

    def _verify(self, reason=None):
        self.ensure_one()
        pod = self.sudo()  # sudo: the deciding fields are not written by hand; rights were checked by the caller
        pod.write(
            {
                "state": "verified",
                "verified_at": fields.Datetime.now(),
                "verified_by_id": self.env.uid if not self.env.su else False,
                "accept_reason": reason,
                "dispute_reason": False,
            }
        )
        pod.activity_feedback(["mail.mail_activity_data_todo"], feedback=_("Verified"))
        pod._proof_changed()
        pod._logistics_emit("logistics.pod.verified")

    def _proof_changed(self):
        """Hook: what is proven has changed."""
