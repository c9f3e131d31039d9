"""A shipping method may be booked through a carrier account. Those without one stay as Odoo has them."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    logistics_account_id = fields.Many2one(
        "logistics.carrier.account",
        string="Carrier Account",
        ondelete="restrict",
        index="btree_not_null",
        help="Where carrier booking is enforced, deliveries with this shipping method are booked through this account, "
        "right after the transfer is done. Empty: Odoo's own way.",
    )
    logistics_service = fields.Char(
        string="Carrier Service",
        help="What is booked: a name of the account's map, or the carrier's code. Empty: the carrier's default.",
    )

    logistics_packaging = fields.Char(
        string="Carrier Packaging", help="The carrier's code of the packaging, where it wants one. Empty: our own."
    )
    logistics_incoterm_id = fields.Many2one(
        "account.incoterms", string="Incoterm", help="Who pays duties. Empty where there are none."
    )
    logistics_label_format = fields.Selection(
        [("pdf", "PDF"), ("zpl", "ZPL")], string="Label Format", help="Empty: as the account says."
    )
    logistics_return_label = fields.Boolean(
        string="Return Label with Each Delivery", help="Booked right after the delivery, to be put into the parcel."
    )

    @api.constrains("logistics_account_id", "company_id")
    def _check_logistics_account(self):
        for carrier in self.filtered("logistics_account_id"):
            # sudo: the account may be of a company the user does not see, which is what is checked
            account = carrier.logistics_account_id.sudo()
            if carrier.company_id and account.company_id != carrier.company_id:
                raise ValidationError(
                    _(
                        "Shipping method %(carrier)s belongs to %(company)s, carrier account %(account)s to %(other)s: "
                        "choose an account of the same company.",
                        carrier=carrier.name,
                        company=carrier.company_id.name,
                        account=account.name,
                        other=account.company_id.name,
                    )
                )

    def _logistics_account(self, company):
        """The account that books this shipping method for a company, or an empty one: then Odoo's own way it is."""
        # sudo: planners and workers book through an account they may not open
        account = self.logistics_account_id.sudo()
        return account if account.active and account.company_id == company else account.browse()

    def _logistics_same_booking(self, other, company):
        """Whether the carrier would be told the same thing, so that a booking for `other` is good for this one too."""
        mine, theirs = self._logistics_account(company), other._logistics_account(company)
        return mine == theirs and mine._service_code(self.logistics_service) == theirs._service_code(
            other.logistics_service
        )
