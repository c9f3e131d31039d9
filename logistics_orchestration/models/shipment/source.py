"""Another delivery method for what is released already: the place where somebody else may have a say."""

from odoo import models


class Source(models.AbstractModel):
    _inherit = "logistics.source"

    def _logistics_carrier_written(self, vals):
        """To be called before ``vals`` are written on documents with a ``carrier_id``.

        What the automation does (as superuser) and what a decision carries out is not asked about.
        """
        if "carrier_id" not in vals or self.env.su:
            return
        carrier = self.env["delivery.carrier"].browse(vals["carrier_id"] or [])
        changing = self.filtered(lambda document: document.carrier_id != carrier and document._logistics_carrier_told())
        for document in changing:
            document._logistics_check_carrier(carrier)

    def _logistics_carrier_told(self):
        """Whether others rely on this document's delivery method by now."""
        return False

    def _logistics_check_carrier(self, carrier):
        """A person, or an API caller, gives this document another delivery method: raise to refuse it. Override.

        :param carrier: delivery.carrier, empty when it is taken away
        """
