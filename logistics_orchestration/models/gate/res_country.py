"""Where the customs territory ends: the one place that decides whether something is an export."""

from odoo import api, models


class Country(models.Model):
    _inherit = "res.country"

    @api.model
    def _logistics_customs_union(self):
        """Ids of the countries between which goods travel without customs."""
        union = self.env.ref("base.europe", raise_if_not_found=False)
        return set(union.country_ids.ids) if union else set()

    def _logistics_is_export(self, end, union=None):
        """Whether goods from this country to ``end`` leave the customs territory.

        :param end: res.country, empty when it is not known, which counts as elsewhere
        :param set union: ``_logistics_customs_union()``, where it was read already
        """
        union = self._logistics_customs_union() if union is None else union
        return self != end and not (self.id in union and end.id in union)
