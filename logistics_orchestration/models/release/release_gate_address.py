"""Gate kind ``address``: can a carrier find the door?"""

from odoo import _, models

# What a partner's change has to touch to be worth another look at its held orders.
ADDRESS_FIELDS = {"name", "parent_id", "street", "street2", "city", "zip", "state_id", "country_id", "phone", "mobile"}


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    def _gate_address(self, order, facts):
        """The delivery address has what its country and carriers ask for."""
        if not order._logistics_ships():
            return {"passed": True, "words": _("Nothing to ship"), "inputs": {}}
        partner = order.partner_shipping_id
        missing = self._missing_in_address(partner)
        if missing:
            words = _(
                "Address of %(partner)s lacks %(fields)s",
                partner=partner.display_name,
                fields=", ".join(missing.values()),
            )
        else:
            words = _("Address of %(partner)s is complete", partner=partner.display_name)
        return {
            "passed": not missing,
            "words": words.replace("\n", " "),
            "inputs": {"partner_id": partner.id, "missing": list(missing), "address": partner._display_address(True)},
        }

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
