"""What makes a proof of delivery complete, for a customer who asks for more or less than the company's rule."""

from odoo import _, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    logistics_pod_rule = fields.Selection(
        [("own", "Own rule")],
        string="Proof of Delivery",
        help="What a proof of delivery to this customer must hold before it counts for billing; empty: as the company.",
    )
    logistics_pod_signer = fields.Boolean(string="Signer's Name")
    logistics_pod_signature = fields.Boolean(string="Signature")
    logistics_pod_photo = fields.Boolean(string="Photo")

    def _logistics_pod_rule(self, company):
        """The completeness rule: dict of what is required (signer, signature, photo)."""
        owner = self if self.logistics_pod_rule == "own" else company
        return {
            "signer": owner.logistics_pod_signer,
            "signature": owner.logistics_pod_signature,
            "photo": owner.logistics_pod_photo,
        }

    def action_logistics_shipments(self):
        """Smart button: shipments to this contact and those that belong to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_shipment")
        return dict(
            action,
            display_name=_("Shipments to %(name)s", name=self.display_name),
            domain=[("partner_id", "child_of", self.id)],
            context={},
        )
