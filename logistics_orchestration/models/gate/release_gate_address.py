"""Gate kind ``address``: can a carrier find the door?"""

from odoo import _, fields, models

from .postcodes import fits, is_po_box, pattern_of

# What a partner's change has to touch to be worth another look at its held orders.
ADDRESS_FIELDS = {"name", "parent_id", "street", "street2", "city", "zip", "state_id", "country_id", "phone", "mobile"}


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    check_zip = fields.Boolean(
        string="Postcode Fits Its Country", default=True, help="In the countries whose form of postcodes is known."
    )

    def _gate_address(self, order, facts):
        """The delivery address has what its country and carriers ask for."""
        if not order._logistics_ships():
            return {"passed": True, "words": _("Nothing to ship"), "inputs": {}}
        partner = order.partner_shipping_id
        missing = self._missing_in_address(partner)
        wrong = self._undeliverable(order, partner)
        if missing:
            words = _(
                "Address of %(partner)s lacks %(fields)s",
                partner=partner.display_name,
                fields=", ".join(missing.values()),
            )
        elif wrong:
            words = _("Address of %(partner)s cannot be delivered to", partner=partner.display_name)
        else:
            words = _("Address of %(partner)s is complete", partner=partner.display_name)
        words = "; ".join([words, *wrong.values()])
        return {
            "passed": not missing and not wrong,
            "words": words.replace("\n", " "),
            "inputs": {
                "partner_id": partner.id,
                "missing": list(missing),
                "wrong": list(wrong),
                "address": partner._display_address(True),
            },
        }

    def _undeliverable(self, order, partner):
        """{field: words} of what is there and cannot be delivered to."""
        wrong, country = {}, partner.country_id
        if self.check_zip and partner.zip and not fits(country.code, partner.zip):
            wrong["zip"] = _(
                "%(zip)s is no postcode of %(country)s (as in %(example)s)",
                zip=partner.zip,
                country=country.name,
                example=pattern_of(country.code)[1],
            )
        carrier = order.carrier_id
        if carrier.logistics_no_po_box and is_po_box(f"{partner.street or ''}\n{partner.street2 or ''}"):
            wrong["street"] = _("%(carrier)s does not deliver to PO boxes", carrier=carrier.name)
        return wrong

    def _missing_in_address(self, partner):
        """{field: label} of what is empty and needed."""
        country = partner.country_id
        needed = {
            "name": partner.name or partner.commercial_company_name,
            "street": partner.street,
            "city": partner.city,
            "country_id": country,
        }
        if country.zip_required:
            needed["zip"] = partner.zip
        if country.state_required:
            needed["state_id"] = partner.state_id
        if self.require_phone:
            commercial = partner.commercial_partner_id
            needed["phone"] = partner.phone or partner.mobile or commercial.phone or commercial.mobile
        return {
            field: partner._fields[field]._description_string(self.env) for field, value in needed.items() if not value
        }
