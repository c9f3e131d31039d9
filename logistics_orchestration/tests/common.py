"""What the suite's own tests share: a company with stock, a customer, a partner system, shortcuts to the log."""

import json
import uuid
from unittest.mock import patch

from odoo import fields, http
from odoo.tests.common import TransactionCase
from odoo.tools import SQL

from ..controllers import inbox as inbox_controller
from ..models.automation.switch import CAPABILITIES
from ..relay import limits

# Odoo measures nothing the suite tests by: keep tracking mails and the like out of the way.
CONTEXT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
}


class BrowserMixin:
    """For tests with a browser: all of the menu in view, and a server that is ready for many requests at once.

    Odoo reads every manifest when the first file is asked for. A browser asks for many at the same time, and parsing in
    several threads at once fails in some Python releases (SystemError: AST constructor recursion depth mismatch).
    """

    browser_size = "1920,1080"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert http.root.statics, "the manifests are read now, by one thread"


class InboxMixin:
    """For tests that post to the inbound address: nobody is known there yet as too fast or as a stranger.

    What a process remembers of an address is no part of a test's transaction: without this, a test that is refused
    often has the next one answered 429.
    """

    def setUp(self):
        super().setUp()
        for name, fresh in (("gate", limits.RateGate()), ("strangers", limits.Strangers())):
            self.startPatcher(patch.object(inbox_controller, name, fresh))


class LogisticsCase(TransactionCase):
    """A company in which nothing is enforced until a test says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **CONTEXT))
        cls.company = cls.env.company
        cls.env["logistics.switch"].search([]).unlink()
        # what our own code tells fits its schema, in every test
        cls.classPatch(cls.registry["logistics.event"], "_all_strict", True)
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Northwind Retail",
                "street": "Dock Street 5",
                "city": "Antwerp",
                "zip": "2000",
                "country_id": cls.env.ref("base.be").id,
                "email": "goods-in@northwind.example",
                "phone": "+32 3 000 00 00",
            }
        )
        cls.product = cls.make_product("DESK", "Desk", 100)
        cls.carrier = cls.make_carrier("Ground", 10.0)

    @classmethod
    def make_product(cls, code, name, on_hand=0.0, **vals):
        """A storable product with ``on_hand`` pieces in the warehouse's stock."""
        product = cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "product",
                "list_price": 100.0,
                "invoice_policy": "delivery",
                "weight": 1.5,
                "taxes_id": [(5, 0, 0)],
                **vals,
            }
        )
        if on_hand:
            cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, on_hand)
        return product

    @classmethod
    def make_carrier(cls, name, price, **vals):
        """A delivery.carrier with a fixed price."""
        product = cls.env["product.product"].create({"name": f"Freight {name}", "type": "service", "list_price": price})
        return cls.env["delivery.carrier"].create(
            {"name": name, "delivery_type": "fixed", "fixed_price": price, "product_id": product.id, **vals}
        )

    def enforce(self, *capabilities, company=None):
        """Switch capabilities on for the company (all when none is named)."""
        self.env["logistics.switch"].create(
            [
                {"capability": capability, "mode": "enforce", "company_id": (company or self.company).id}
                for capability in capabilities or dict(CAPABILITIES)
            ]
        )

    def make_order(self, qty=2, product=None, carrier=None, confirm=True, **vals):
        """A sales order of one line, confirmed unless told otherwise."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "carrier_id": carrier.id if carrier else False,
                "order_line": [(0, 0, {"product_id": (product or self.product).id, "product_uom_qty": qty})],
                **vals,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def events(self, type_name=None, record=None):
        """Events written so far, oldest first; ``type_name`` with or without ``logistics.``."""
        self.env.cr.flush()
        domain = []
        if type_name:
            domain.append(("type_name", "=", "logistics." + type_name.removeprefix("logistics.")))
        if record is not None:
            domain += [("res_model", "=", record._name), ("res_id", "in", record.ids)]
        return self.env["logistics.event"].search(domain, order="id")

    def run_tasks(self):
        """Run handlers owed to events, as the scheduled action would; fails when one of them failed."""
        self.env["logistics.event.task"].search([("state", "=", "pending")]).next_attempt_at = "2026-01-01"
        self.env["logistics.event.task"]._work_run()
        broken = self.env["logistics.event.task"].search([("state", "=", "pending"), ("last_error", "!=", False)])
        self.assertFalse(broken, broken.mapped("last_error"))

    def make_system(self, kind="warehouse", **vals):
        """A partner system of ``kind`` with secrets set."""
        if kind == "warehouse":
            vals.setdefault("warehouse_ids", [(6, 0, self.warehouse.ids)])
        return self.env["logistics.system"].create(
            {
                "name": f"{kind} partner",
                "code": f"{kind}-{uuid.uuid4().hex[:6]}",
                "kind": kind,
                "outbound_url": "https://partner.example/webhook",
                "secret_out": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "secret_in": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                **vals,
            }
        )

    def made_now(self, records):
        """Make records as old as the test's clock: the database knows nothing of a frozen one, and a parcel made long
        after a scan is not meant by it."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = ANY(%s)",
                SQL.identifier(records._table), fields.Datetime.now(), records.ids,
            )
        )  # fmt: skip
        records.invalidate_recordset(["create_date"])

    def receive(self, system, type_name, data, message_id=None, **envelope):
        """A native message of ``system``, stored and processed; returns it. ``envelope``: time, subject, …"""
        body = {
            "specversion": "1.0",
            "id": message_id or f"msg_{uuid.uuid4().hex}",
            "type": "logistics." + type_name.removeprefix("logistics."),
            "source": f"/{system.code}",
            "time": fields.Datetime.now().isoformat() + "Z",
            "data": data,
            **envelope,
        }
        inbox = self.env["logistics.inbox.message"]
        res_id, _status = inbox._receive(system, body["id"], json.dumps(body).encode(), {})
        message = inbox.browse(res_id)
        message._work_attempt()
        return message
