"""What the connector's tests share: a carrier on a socket, an account for it, shipping methods booked through it."""

from contextlib import contextmanager

from odoo import fields

from odoo.addons.logistics_orchestration.tests.common import LogisticsCase

from .carrier_server import TOKEN, CarrierServer


class Killed(BaseException):
    """A worker that dies here: nothing catches it, as nothing catches `kill -9`."""


class CarrierCase(LogisticsCase):
    """An account on a real local carrier; carrier booking is enforced unless a test says otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(CarrierServer()) if hasattr(cls, "enterClassContext") else cls._serve()
        euro = cls.env.ref("base.EUR")
        euro.active = True
        # the carrier's currency; without a rate its offers are left out
        if euro != cls.company.currency_id:
            cls.env["res.currency.rate"].create({"currency_id": euro.id, "rate": 1.0, "name": "2000-01-01"})
        cls.account = cls.make_account("Parcel contract")
        cls.standard = cls.make_carrier("Road", 5.0, logistics_account_id=cls.account.id, logistics_service="standard")
        cls.express = cls.make_carrier("Air", 15.0, logistics_account_id=cls.account.id, logistics_service="Next day")
        cls.account.service_ids = [(0, 0, {"name": "Next day", "code": "express", "transit_days": 1})]

    @classmethod
    def _serve(cls):
        """Python 3.10 has no class contexts."""
        server = CarrierServer().__enter__()
        cls.addClassCleanup(server.__exit__)
        return server

    def setUp(self):
        super().setUp()
        self.server.clear()

    @classmethod
    def make_account(cls, name, **vals):
        return cls.env["logistics.carrier.account"].create(
            {
                "name": name,
                "base_url": cls.server.url,
                "token": TOKEN,
                "allow_http": True,
                "allowed_networks": "127.0.0.0/8",
                "timeout": 2.0,
                "company_id": cls.company.id,
                **vals,
            }
        )

    def ship(self, carrier=None, qty=2, packages=0, **vals):
        """An order whose outgoing transfer is done; returns the transfer."""
        order = self.make_order(qty=qty, carrier=carrier or self.standard, **vals)
        picking = order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        picking.action_assign()
        if packages:
            line = picking.move_line_ids
            for number in range(packages):
                package = self.env["stock.quant.package"].create({"name": f"{order.name}-BOX{number + 1}"})
                target = line if number == 0 else line.copy({"quantity": 0})
                target.write({"quantity": qty / packages, "result_package_id": package.id})
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(picking.state, "done")
        return picking

    @contextmanager
    def killed(self):
        """A worker dies inside. What it had committed stays, which `assertRaises` would take back."""
        try:
            yield
        except Killed:
            self.env.invalidate_all()
        else:
            self.fail("the worker lived on")

    def booking_of(self, picking):
        """The live (else latest) booking of a transfer's shipment."""
        return picking.logistics_shipment_ids.booking_id

    def work(self, expire=False):
        """Run the worker as its scheduled action would, with every wait over; `expire`: leases too."""
        self.env.flush_all()
        bookings = self.env["logistics.carrier.booking"].search([("todo", "!=", False)])
        vals = {"next_attempt_at": fields.Datetime.now()}
        if expire:
            vals["lease_until"] = fields.Datetime.subtract(fields.Datetime.now(), seconds=1)
            bookings = bookings.filtered("lease_until") or bookings
        bookings.write(vals)
        self.account.hold_until = False
        return self.env["logistics.carrier.booking"]._work_run()
