"""A booking worker killed at every step of its way: one label is bought, and it is printed."""

import json
import signal
import subprocess
import sys

import pytest

from tests.e2e.booker import PLACES
from tests.simulators.process import SimulatorProcess
from tools import databases, odoo_conf, templates
from tools.common import LOCAL, ROOT

FOLDER = LOCAL / "test" / "bookers"
TOKEN = "t0ken-of-the-crash-test"


class Bookers:
    """A database with bookings that are asked for, and processes that carry them out."""

    def __init__(self, server, odoo, database, carrier):
        self.server, self.odoo, self.database, self.carrier = server, odoo, database, carrier
        self.conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, FOLDER / "data")
        prepared = subprocess.run(
            self._command("prepare", carrier.url, TOKEN, str(len(PLACES) + 1)),
            cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, text=True, timeout=300, check=True,
        )  # fmt: skip
        self.bookings = json.loads(prepared.stdout)
        self.process = subprocess.Popen(
            self._command("serve"), cwd=ROOT, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def _command(self, *arguments):
        return [sys.executable, "-m", "tests.e2e.booker", str(self.conf), self.database, *arguments]

    def _environment(self):
        environment = databases.odoo_environment(self.conf, self.server)
        environment["PYTHONPATH"] = str(self.odoo)
        return environment

    def work(self, *bookings, place=""):
        """Workers take up these bookings, each in its own process and all at once: how the processes ended."""
        self.process.stdin.write(json.dumps([bookings, place]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the booker ended with {self.process.wait(10)}"
        return json.loads(answer)

    def close(self):
        """No more work."""
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def ask(self, query, *values):
        """Rows of a query."""
        with databases.connection(self.server, self.database) as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def lease_runs_out(self, booking):
        """As after some minutes: what the dead worker had claimed is free, and due."""
        self.ask(
            "UPDATE logistics_carrier_booking SET next_attempt_at = now() AT TIME ZONE 'UTC' - interval '1 s',"
            " lease_until = CASE WHEN lease_until IS NULL THEN NULL"
            " ELSE now() AT TIME ZONE 'UTC' - interval '1 s' END WHERE id = %s RETURNING 1",
            booking,
        )

    def sold(self, booking):
        """What the carrier sold under a booking's reference and did not take back."""
        ((reference,),) = self.ask("SELECT reference FROM logistics_carrier_booking WHERE id = %s", booking)
        return [row for row in self.carrier.state()["bookings"] if row["reference"] == reference]


@pytest.fixture(scope="module")
def bookers(server, odoo, copy_database):
    database = copy_database(templates.full(server, odoo), "bookers", FOLDER / "data")
    with SimulatorProcess("carrier", token=TOKEN) as carrier:
        bookers = Bookers(server, odoo, database, carrier)
        yield bookers
        bookers.close()


@pytest.mark.parametrize("place", list(PLACES))
def test_a_killed_worker_leaves_one_label(bookers, place):
    booking = bookers.bookings[list(PLACES).index(place)]
    assert bookers.work(booking, place=place) == [-signal.SIGKILL]
    before = len(bookers.sold(booking))
    assert before == (0 if place == "claimed" else 1)

    assert bookers.work(booking) == [0], "its lease holds: another worker leaves it alone"
    if place != "booked":
        assert bookers.ask("SELECT claim_token IS NOT NULL FROM logistics_carrier_booking WHERE id = %s", booking) == [
            (True,)
        ]
    bookers.lease_runs_out(booking)
    assert bookers.work(booking) == [0]

    (sold,) = bookers.sold(booking)
    assert sold["state"] == "booked"
    number = sold["parcels"][0]["tracking_number"]
    query = (
        "SELECT booking.state, line.tracking_number, line.label_state, parcel.tracking_number, parcel.label_state,"
        " picking.carrier_tracking_ref FROM logistics_carrier_booking booking"
        " JOIN logistics_carrier_booking_parcel line ON line.booking_id = booking.id"
        " JOIN logistics_parcel parcel ON parcel.id = line.parcel_id"
        " JOIN logistics_shipment_stock_picking_rel rel ON rel.logistics_shipment_id = booking.shipment_id"
        " JOIN stock_picking picking ON picking.id = rel.stock_picking_id WHERE booking.id = %s"
    )
    assert bookers.ask(query, booking) == [("booked", number, "ok", number, "ok", number)]
    told = (
        "SELECT event.type_name, count(*) FROM logistics_event event JOIN logistics_carrier_booking booking"
        " ON booking.shipment_id = event.res_id AND event.res_model = 'logistics.shipment' WHERE booking.id = %s"
        " AND event.type_name IN ('logistics.shipment.booked', 'logistics.shipment.label_created')"
        " GROUP BY 1 ORDER BY 1"
    )
    assert bookers.ask(told, booking) == [("logistics.shipment.booked", 1), ("logistics.shipment.label_created", 1)]


def test_two_workers_at_once_buy_one_label(bookers):
    booking = bookers.bookings[-1]
    assert bookers.work(booking, booking) == [0, 0]
    # whichever came second found nothing to do, or what the first had left
    bookers.lease_runs_out(booking)
    assert bookers.work(booking) == [0]
    assert [row["state"] for row in bookers.sold(booking)] == ["booked"]
    assert bookers.ask("SELECT state FROM logistics_carrier_booking WHERE id = %s", booking) == [("booked",)]
