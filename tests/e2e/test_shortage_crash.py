"""Schedulers in processes of their own, killed half-way: every need is bought once, and scanned once."""

import signal
import subprocess
import sys

import pytest

from tools import databases, odoo_conf, templates
from tools.common import LOCAL, ROOT

FOLDER = LOCAL / "test" / "schedulers"
RULES = 24
POPULATE = f"""
vendor = env["res.partner"].create({{"name": "Timber Works"}})
stock = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
for number in range({RULES}):
    product = env["product.product"].create({{
        "name": f"Crash {{number}}", "default_code": f"CRASH{{number}}", "type": "product",
        "seller_ids": [(0, 0, {{"partner_id": vendor.id, "price": 5, "delay": 3}})]}})
    env["stock.warehouse.orderpoint"].create({{
        "product_id": product.id, "location_id": stock.id, "product_min_qty": 5, "product_max_qty": 20}})
env.cr.commit()
"""


class Schedulers:
    """A database with rules that all have to order, and processes that do."""

    def __init__(self, server, odoo, database):
        self.server, self.odoo, self.database = server, odoo, database
        self.conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, FOLDER / "data")
        script = FOLDER / "populate.py"
        script.write_text(POPULATE)
        with script.open() as stream:
            databases.odoo_shell(odoo, self.conf, database, stream, FOLDER / "populate.log")

    def start(self, *arguments):
        """A scheduler that runs by itself."""
        environment = databases.odoo_environment(self.conf, self.server)
        environment["PYTHONPATH"] = str(self.odoo)
        log = (FOLDER / f"{'-'.join(arguments)}.log").open("wb")
        command = [sys.executable, "-m", "tests.e2e.scheduler", str(self.conf), self.database, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def run(self, *arguments):
        """The same to its end: its exit code."""
        return self.start(*arguments).wait(240)

    def ask(self, query):
        """Rows of a query."""
        with databases.connection(self.server, self.database) as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def bought(self):
        """Quantity ordered per product, those that were ordered."""
        return dict(
            self.ask(
                "SELECT item.default_code, SUM(line.product_qty) FROM purchase_order_line line"
                " JOIN product_product item ON item.id = line.product_id"
                " WHERE item.default_code LIKE 'CRASH%' AND line.state <> 'cancel' GROUP BY 1"
            )
        )

    def shortages(self):
        """Episodes per product and state."""
        return self.ask(
            "SELECT item.default_code, episode.state, COUNT(*) FROM logistics_shortage episode"
            " JOIN product_product item ON item.id = episode.product_id"
            " WHERE item.default_code LIKE 'CRASH%' GROUP BY 1, 2 ORDER BY 1, 2"
        )


@pytest.fixture
def schedulers(server, odoo, copy_database):
    database = copy_database(templates.full(server, odoo), "crash", FOLDER / "data")
    return Schedulers(server, odoo, database)


def test_killed_schedulers_never_buy_twice(schedulers):
    everything = {f"CRASH{number}": 20 for number in range(RULES)}
    assert schedulers.run("buy", "recorded", "2") == -signal.SIGKILL
    first = schedulers.bought()
    assert 0 < len(first) < RULES, "the first batch stands, the second left nothing"
    assert {code for code, _state, _count in schedulers.shortages()} == set(first), "no shortage without its purchase"

    # two at once, one of them killed with its batch bought and not committed
    doomed, other = schedulers.start("buy", "bought", "1"), schedulers.start("buy")
    assert doomed.wait(240) in (-signal.SIGKILL, 0), "killed, or the other one left it nothing to buy"
    assert other.wait(240) == 0
    assert schedulers.run("buy") == 0
    assert schedulers.bought() == everything
    assert [(state, count) for _code, state, count in schedulers.shortages()] == [("covered", 1)] * RULES
    assert schedulers.run("buy") == 0
    assert schedulers.bought() == everything


def test_a_killed_scan_goes_on_and_two_share_it(schedulers):
    schedulers.ask("UPDATE stock_warehouse_orderpoint SET trigger = 'manual' RETURNING 1")
    assert schedulers.run("scan", "looked", "3") == -signal.SIGKILL
    begun = schedulers.ask("SELECT id, started_at FROM logistics_shortage_scan ORDER BY id")
    done = schedulers.ask("SELECT SUM(rule_count) FROM logistics_shortage_scan")[0][0]
    assert begun and done < RULES

    one, two = schedulers.start("scan"), schedulers.start("scan")
    assert (one.wait(240), two.wait(240)) == (0, 0)
    assert schedulers.ask("SELECT id, started_at FROM logistics_shortage_scan ORDER BY id") == begun, "the same run"
    rules = schedulers.ask("SELECT COUNT(*) FROM stock_warehouse_orderpoint WHERE active")[0][0]
    assert schedulers.ask("SELECT SUM(rule_count), MIN(state), MAX(state) FROM logistics_shortage_scan") == [
        (rules, "done", "done")
    ], "every rule once"
    assert [(state, count) for _code, state, count in schedulers.shortages()] == [("open", 1)] * RULES
    assert schedulers.bought() == {}
