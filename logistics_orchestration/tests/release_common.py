"""Shortcuts for the tests of release and fulfilment."""

from odoo.tests.common import new_test_user

from .common import LogisticsCase


class ReleaseCase(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a pick, pack and ship chain only where a test asks for it; gates and rules as they are installed
        cls.Gate = cls.env["logistics.release.gate"]
        cls.Hold = cls.env["logistics.hold"]
        cls.salesman = new_test_user(cls.env, "release_sales", groups="sales_team.group_sale_salesman_all_leads")
        cls.worker = new_test_user(cls.env, "release_stock", groups="stock.group_stock_user")
        cls.user = new_test_user(cls.env, "release_user", groups="logistics_orchestration.group_user")
        cls.planner = new_test_user(cls.env, "release_planner", groups="logistics_orchestration.group_planner")
        cls.approver = new_test_user(cls.env, "release_approver", groups="logistics_orchestration.group_approver")
        cls.manager = new_test_user(cls.env, "release_manager", groups="logistics_orchestration.group_manager")

    def hold_type(self, code):
        """The hold type installed as data with ``code``."""
        return self.env.ref(f"logistics_orchestration.hold_type_{code}")

    def place(self, order=None, code="manual", user=None, **vals):
        """A hold placed by hand."""
        values = {"type_id": self.hold_type(code).id, "reason": "Look at it first", **vals}
        if order:
            values["order_id"] = order.id
        return self.Hold.with_user(user or self.user).create(values).with_env(self.env)

    def gate(self, pass_domain="[('id', '>', 0)]", code="credit", **vals):
        """A gate that orders pass when they match ``pass_domain``."""
        return self.Gate.create(
            {
                "name": "Test gate",
                "kind": "domain",
                "pass_domain": pass_domain,
                "fail_words": "Over the limit",
                "hold_type_id": self.hold_type(code).id,
                "sequence": 5,
                **vals,
            }
        )

    def receive_goods(self, product, quantity):
        """A receipt of ``quantity``, validated."""
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "name": product.name,
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        self.assertFalse(isinstance(picking.button_validate(), dict))
        return picking

    def recheck(self):
        """What the worker does with the notes left for it."""
        return self.env["logistics.release.recheck"]._work_run()

    def rows(self, model):
        """Ids of all records of a model, to see that nothing was added."""
        return self.env[model].search([]).ids
