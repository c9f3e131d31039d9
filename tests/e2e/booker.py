"""A booking worker in a process of its own, which can be told where to die: a program for ``test_carrier_crash``.

``python -m tests.e2e.booker CONF DATABASE prepare URL TOKEN COUNT`` connects the carrier at URL and ships so many
orders whose bookings are asked for; it prints the ids of these bookings.
``python -m tests.e2e.booker CONF DATABASE serve`` reads lines ``[ids, place]`` and has each booking worked on by a
process of its own, all of a line at once; at a place (see PLACES; empty: nowhere) the process kills itself, as the
kernel would. It answers each line with the exit codes. Loading Odoo takes longer than any of it, so the workers are
forked from a process that has.
"""

import json
import os
import signal
import sys
import traceback

# what the worker has done when it dies: (method, when, at the so many-th time)
PLACES = {
    "claimed": ("_call_perform", "before", 1),
    "called": ("_call_perform", "after", 1),
    "written": ("_call_apply", "after", 1),
    "booked": ("_call_claim", "before", 2),
    "claimed the labels": ("_call_perform", "before", 2),
    "fetched the labels": ("_call_perform", "after", 2),
    "written the labels": ("_call_apply", "after", 2),
}


class Inside:
    """What ``tests.partners`` wants of a client, within this process."""

    def __init__(self, env):
        self.env = env

    def execute(self, model, method, *args, **kwargs):
        """As over RPC."""
        from odoo.api import call_kw

        return call_kw(self.env[model], method, list(args), kwargs)


def die_at(cls, place):
    """Have the process killed at a place of the worker's way."""
    method, when, turn = PLACES[place]
    original, passed = getattr(cls, method), []

    def fatal(self, *args, **kwargs):
        passed.append(1)
        mine = len(passed) == turn
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(self, *args, **kwargs)
        if mine:
            self.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(cls, method, fatal)


def prepare(env, url, token, count):
    """Ids of bookings that are asked for, one per order."""
    from tests import partners

    client = Inside(env)
    company = env.company.partner_id
    company.write({"city": "Brussels", "zip": "1000", "street": "Havenlaan 86"})
    company.country_id = env.ref("base.be")
    values = {"name": "Crash", "base_url": url, "token": token, "allow_http": True, "allowed_networks": "127.0.0.0/8"}
    account = client.execute("logistics.carrier.account", "create", {**values, "timeout": 2.0})
    product = partners.product(client, "CRASH-SHIP")
    values = {"name": "Crash", "logistics_account_id": account, "logistics_service": "standard"}
    carrier = env["delivery.carrier"].create({**values, "product_id": product, "fixed_price": 5.0})
    partners.enforce(client, "carrier")
    goods = partners.product(client, "CRASH-GOODS", on_hand=10.0 * count)
    bookings = []
    for _number in range(count):
        order = env["sale.order"].browse(partners.place_order(client, goods, service=None, carrier_id=carrier.id))
        order.action_confirm()
        picking = order.picking_ids
        picking.action_assign()
        picking.move_ids.picked = True
        picking._action_done()
        shipment = picking.logistics_shipment_ids
        shipment._logistics_book_carrier()
        bookings += shipment.booking_ids.ids
    return bookings


def work(registry, booking_id, place):
    """Do what is to do for one booking."""
    import odoo

    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        booking = env["logistics.carrier.booking"].browse(booking_id)
        if place:
            die_at(type(booking), place)
        # everything but what waits for ten minutes on purpose: looking once more for a surplus
        while booking.todo not in (False, "settle") and booking._work_attempt():
            booking.invalidate_recordset()


def fork(registry, booking_id, place):
    """A worker in a process of its own: its process id."""
    import odoo

    # a connection cannot be shared with a child
    odoo.sql_db.close_all()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work(registry, booking_id, place)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main(conf, database, what, *arguments):
    """Prepare bookings, or have them carried out."""
    import odoo

    odoo.tools.config.parse_config(["-c", conf, "-d", database, "--log-level=error"])
    registry = odoo.registry(database)
    if what == "prepare":
        url, token, count = arguments
        with registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
            print(json.dumps(prepare(env, url, token, int(count))))
        return
    for line in sys.stdin:
        ids, place = json.loads(line)
        children = [fork(registry, booking_id, place) for booking_id in ids]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
