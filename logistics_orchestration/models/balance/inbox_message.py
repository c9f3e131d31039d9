"""What warehouses say about their stock: whole balances, or one count that differs."""

from odoo import _, models

from ..authority.difference import figure
from ..inbox.inbox_errors import Discard, Late, Quarantine


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_stock_balance_reported(self, data):
        """Balances of a warehouse: kept line by line, compared by a worker; nothing is adjusted here."""
        balances = self._require(data, "balances")
        return self._keep_balances(data, balances, "stock.balance_reported")

    def _handle_stock_discrepancy_detected(self, data):
        """One count that differs from what the warehouse thinks we hold: a report of one line."""
        self._require(data, "sku")
        return self._keep_balances(data, [data], "stock.discrepancy_detected")

    def _keep_balances(self, data, balances, fact):
        warehouse = self._told_warehouse(data)
        as_of = self._said_at(data, "as_of", past=True)
        told = self._told_balances(balances)
        reports = self.env["logistics.balance.report"]
        newer = reports.search(
            [
                ("system_id", "=", self.system_id.id),
                ("warehouse_id", "=", warehouse.id),
                ("as_of", ">", as_of),
                ("complete", "=", True),
            ],
            limit=1,
        )
        if newer:
            raise Late(_("A newer complete report is here: %(name)s.", name=newer.name), newer)
        statement = self.env["logistics.statement"]
        if not self._owns(fact, warehouse=warehouse):
            value = {key: value for key, value in data.items() if key != "balances"}
            value["lines"] = len(told)
            statement = statement._keep(self, fact, value, None)
        report = reports.create(
            {
                "system_id": self.system_id.id,
                "warehouse_id": warehouse.id,
                "as_of": as_of,
                "complete": data.get("complete") is True,
                "fact": fact,
                "statement_id": statement.id,
                "inbox_message_id": self.id,
                "line_ids": [
                    (0, 0, {"sku": sku, "lot_name": lot, "location_name": location, "quantity": quantity})
                    for (sku, lot, location), quantity in told.items()
                ],
            }
        )
        report._work_wake()
        return report

    def _told_warehouse(self, data):
        """The warehouse that is meant, one of the sender's company."""
        code = str(self._require(data, "warehouse")).strip()
        warehouse = self.env["stock.warehouse"].search(
            ["|", ("code", "=", code), ("name", "=", code), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not warehouse:
            raise Quarantine(_("No warehouse %(code)s in %(company)s.", code=code, company=self.company_id.name))
        runs = self.system_id.warehouse_ids
        if self.system_id.kind == "warehouse" and runs and warehouse not in runs:
            raise Quarantine(
                _("%(system)s does not run %(warehouse)s. See its warehouses.",
                  system=self.system_id.name, warehouse=warehouse.name), warehouse,
            )  # fmt: skip
        return warehouse

    def _told_balances(self, balances):
        """{(sku, lot, location): quantity}; the same place named twice is added up."""
        if not isinstance(balances, list):
            raise Quarantine(_("balances is not a list of objects."))
        told = {}
        for number, row in enumerate(balances, 1):
            if not isinstance(row, dict):
                raise Quarantine(_("Balance %(number)s is no object.", number=number))
            quantity = figure(row.get("quantity"))
            sku = str(row.get("sku") or "").strip()
            if not sku or quantity is None:
                raise Quarantine(_("Balance %(number)s lacks sku or quantity (a number).", number=number))
            key = (sku[:200], *(str(row.get(name) or "").strip()[:200] or False for name in ("lot", "location")))
            told[key] = told.get(key, 0.0) + quantity
        if not told:
            raise Discard(_("The report names nothing."))
        return told
