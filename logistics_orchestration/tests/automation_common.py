"""What the tests of rules share: a document, two types of facts about it, and rules that answer them."""

from unittest.mock import patch

from .common import LogisticsCase

LOGGER = "odoo.addons.logistics_orchestration.models.automation.base_automation"


class RuleCase(LogisticsCase):
    """The installed rules are silent; ``type_names`` are made for the class."""

    logger = LOGGER
    type_names = ("logistics.test.cause", "logistics.test.effect")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search([("trigger", "=", "on_logistics_event")]).active = False
        supplier = cls.env["res.partner"].create({"name": "Timber & Co"})
        cls.purchase = cls.env["purchase.order"].create({"partner_id": supplier.id, "notes": ""})
        cls.types = {
            name: cls.env["logistics.event.type"].create({"name": name, "res_model": "purchase.order"})
            for name in cls.type_names
        }

    def make_action(self, state, **vals):
        """A server action on purchase orders."""
        model = self.env["ir.model"]._get("purchase.order")
        return self.env["ir.actions.server"].create({"name": "Act", "model_id": model.id, "state": state, **vals})

    def make_rule(self, answers, name="Rule", code=None, tells=None, **vals):
        """A rule on facts of type ``answers`` that runs code, or tells a fact of type ``tells``."""
        rule = self.env["base.automation"].create(
            {
                "name": name,
                "model_id": self.env["ir.model"]._get("purchase.order").id,
                "trigger": "on_logistics_event",
                "logistics_event_type_ids": [(6, 0, self.types[answers].ids)],
                **vals,
            }
        )
        self.make_action(
            "logistics_emit" if tells else "code",
            name=name,
            base_automation_id=rule.id,
            usage="base_automation",
            code=code or "",
            logistics_event_type_id=self.types[tells].id if tells else False,
        )
        return rule

    def handle(self, fact, handler):
        """Have the inbox answer messages of type ``fact`` (dots as underscores) with ``handler(message, data)``."""

        def answer(message, data):
            handler(message, data)
            return self.purchase

        patched = patch.object(self.registry["logistics.inbox.message"], f"_handle_{fact}", answer, create=True)
        patched.start()
        self.addCleanup(patched.stop)
