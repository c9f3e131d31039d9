"""How many delivery days a service really took, per lane: measured every night from what was delivered.

A lane is a shipping method, its service, the warehouse, the country and the first two characters of the postal code.
Lanes with few deliveries are counted together: per country, then per method.
"""

from datetime import timedelta

from odoo import api, fields, models

from ...eta import Trip, measure
from .eta_facts import EtaFacts

# Older deliveries say little about today's service.
_HISTORY_DAYS = 180
# A lane needs so many deliveries before its figures count.
LEAST = 10
# What of a lane's keys counts, from the narrowest: (carrier, warehouse, service, country, postal code)
LEVELS = (5, 4, 3)
_BATCH = 2000


class Transit(models.Model):
    _name = "logistics.transit"
    _description = "Measured Transit Time"
    _order = "carrier_id, country_id, zip_prefix, id"
    _check_company_auto = True

    carrier_id = fields.Many2one(
        "delivery.carrier", string="Shipping Method", required=True, readonly=True, index=True, ondelete="cascade"
    )
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    service = fields.Char(readonly=True)
    country_id = fields.Many2one("res.country", readonly=True, help="Empty: all countries.")
    zip_prefix = fields.Char(string="Postal Code", readonly=True, help="Its first two characters; empty: all.")
    days_median = fields.Integer(string="Half Within (Days)", readonly=True, group_operator="avg")
    days_p80 = fields.Integer(
        string="8 of 10 Within (Days)",
        readonly=True,
        group_operator="avg",
        help="Delivery days from dispatch. This figure is what our ETA uses.",
    )
    deliveries = fields.Integer(readonly=True)
    measured_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")

    @api.depends("carrier_id.name", "country_id.code", "zip_prefix")
    def _compute_display_name(self):
        for transit in self:
            parts = (transit.carrier_id.name, transit.service, transit.country_id.code, transit.zip_prefix)
            transit.display_name = " ".join(part for part in parts if part)

    @api.model
    def _lane(self, shipment):
        """The lane of a shipment, in as much detail as is known."""
        partner = shipment.partner_id
        lane = (shipment.carrier_id.id, shipment.warehouse_id.id, shipment.service or "")
        return self._narrow(lane, partner.country_id.id, (partner.zip or "")[:2].upper())

    @api.model
    def _narrow(self, lane, country_id, zip_prefix):
        """The lane with the keys that are known."""
        if not country_id:
            return lane
        return (*lane, country_id, zip_prefix) if zip_prefix else (*lane, country_id)

    @api.model
    def _days(self, shipment, known):
        """(80th percentile, deliveries) of the narrowest lane that was measured, or None.

        :param dict known: what ``_known`` says
        """
        lane = self._lane(shipment)
        return next((known[lane[:level]] for level in LEVELS if lane[:level] in known), None)

    @api.model
    def _known(self, carriers):
        """{lane: (80th percentile, deliveries)} of these shipping methods."""
        return {row._key(): (row.days_p80, row.deliveries) for row in self.search([("carrier_id", "in", carriers.ids)])}

    def _key(self):
        lane = (self.carrier_id.id, self.warehouse_id.id, self.service or "")
        return self._narrow(lane, self.country_id.id, self.zip_prefix)

    @api.model
    def _cron_measure(self):
        """Scheduled action: measure what was delivered in the last half year, company by company."""
        for company in self.env["res.company"].search([]):
            self._measure(company)

    @api.model
    def _measure(self, company):
        """Replace the figures of a company by those of today."""
        since = fields.Datetime.now() - timedelta(days=_HISTORY_DAYS)
        shipments = self.env["logistics.shipment"]
        domain = [
            ("company_id", "=", company.id),
            ("carrier_id", "!=", False),
            ("delivered_at", ">=", since),
            ("dispatched_at", "!=", False),
        ]
        trips, last = [], 0
        while found := shipments.search([*domain, ("id", ">", last)], order="id", limit=_BATCH):
            last = found[-1].id
            facts = EtaFacts(found)
            trips += [
                Trip(
                    self._lane(one),
                    facts.days_of(one).between(facts.ship_day(one), facts.local(one, one.delivered_at).date()),
                )
                for one in found
            ]
            self.env.invalidate_all()
        self.search([("company_id", "=", company.id)]).unlink()
        self.create([self._vals(company, lane, figures) for lane, figures in measure(trips, LEVELS, LEAST).items()])

    def _vals(self, company, lane, figures):
        carrier, warehouse, service, country, zip_prefix = (*lane, False, False)[:5]
        return {
            "company_id": company.id,
            "carrier_id": carrier,
            "warehouse_id": warehouse,
            "service": service,
            "country_id": country,
            "zip_prefix": zip_prefix,
            "days_median": figures[0],
            "days_p80": figures[1],
            "deliveries": figures[2],
        }
