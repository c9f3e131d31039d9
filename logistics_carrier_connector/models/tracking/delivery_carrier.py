"""Through which system parcels of a shipping method are tracked, where their carrier does not tell us itself."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...tracking import WATCHERS


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    logistics_tracker_system_id = fields.Many2one(
        "logistics.system",
        string="Tracked Through",
        domain=[("inbound_adapter", "in", WATCHERS)],
        ondelete="set null",
        index="btree_not_null",
        help="The system that is told each tracking number, once, so that it watches it for us. Empty: as the carrier "
        "account says, else nobody is told.",
    )
    logistics_tracker_code = fields.Char(
        string="Carrier There", help="What that system calls this carrier, e.g. USPS, dhl-germany or dhl_express."
    )

    @api.constrains("logistics_tracker_system_id", "company_id")
    def _check_logistics_tracker(self):
        for carrier in self.filtered("logistics_tracker_system_id"):
            # sudo: the system may be of a company the user does not see, which is what is checked
            system = carrier.logistics_tracker_system_id.sudo()
            if carrier.company_id and system.company_id != carrier.company_id:
                raise ValidationError(
                    _(
                        "Shipping method %(carrier)s belongs to %(company)s, system %(system)s to %(other)s: choose a "
                        "system of the same company.",
                        carrier=carrier.name,
                        company=carrier.company_id.name,
                        system=system.name,
                        other=system.company_id.name,
                    )
                )
            if system.inbound_adapter not in WATCHERS:
                raise ValidationError(_("%(system)s cannot be told which numbers to watch.", system=system.name))

    def _logistics_tracker(self, company):
        """Through what parcels of this method are tracked for ``company``.

        :returns: (system, what it calls the carrier); an empty system where nobody is told
        """
        # sudo: follows from settings that whoever enters a number need not see
        method = self.sudo()
        system, code = method.logistics_tracker_system_id, method.logistics_tracker_code
        if not system:
            account = method._logistics_account(company)
            code = account.tracker_code
            system = account.system_id if code else system
        usable = system.company_id == company and system.inbound_adapter in WATCHERS and system.state != "disabled"
        return (system if usable else system.browse()), (code or "").strip()
