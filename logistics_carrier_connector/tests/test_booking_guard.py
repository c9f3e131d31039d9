"""Who may do what, one live booking per shipment, and fields nobody writes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CarrierCase

_ROLES = {
    "user": "logistics_orchestration.group_user",
    "planner": "logistics_orchestration.group_planner",
    "approver": "logistics_orchestration.group_approver",
    "manager": "logistics_orchestration.group_manager",
    "integration": "logistics_orchestration.group_integration_admin",
    "auditor": "logistics_orchestration.group_auditor",
}


@tagged("post_install", "-at_install")
class TestBookingGuard(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"carrier_{role}", groups=f"base.group_user,{group}")
            for role, group in _ROLES.items()
        }

    def setUp(self):
        super().setUp()
        self.enforce("carrier")

    def test_second_booking_is_refused_in_words(self):
        shipment = self.ship().logistics_shipment_ids
        with self.assertRaisesRegex(UserError, "has the booking BKG/.* already"):
            shipment.action_book()
        refused = self.assertRaisesRegex(UserError, "is being booked already, perhaps by a colleague")
        with mute_logger("odoo.sql_db"), refused:
            self.env["logistics.carrier.booking"]._request_for(shipment)
        self.assertEqual(len(shipment.booking_ids), 1)

    def test_draft_counts_as_live_and_can_be_deleted(self):
        shipment = self.ship().logistics_shipment_ids
        shipment.booking_id.action_void("by hand instead")
        draft = self.env["logistics.carrier.booking"].create({"shipment_id": shipment.id})
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, "already"):
            self.env["logistics.carrier.booking"].create({"shipment_id": shipment.id})
        draft.unlink()
        with self.assertRaisesRegex(UserError, "void it instead of deleting"):
            shipment.booking_ids.unlink()

    def test_failed_booking_is_not_revived_beside_a_live_one(self):
        self.server.fault(422, path="/bookings", method="POST")
        shipment = self.ship().logistics_shipment_ids
        failed = shipment.booking_id
        self.work()
        shipment.carrier_id = self.express
        shipment.action_book()
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(UserError, "is being booked already"):
            failed.action_retry()

    def test_planner_books_retries_and_voids(self):
        planner = self.users["planner"]
        shipment = self.ship().logistics_shipment_ids.with_user(planner)
        shipment.booking_id.action_void("wrong box")
        shipment.action_book()
        self.work()
        self.assertEqual(shipment.booking_id.state, "booked")
        action = shipment.booking_id.action_ask_void()
        self.env["logistics.reason.wizard"].with_user(planner).browse(action["res_id"]).write({"reason": "damaged"})
        self.env["logistics.reason.wizard"].with_user(planner).browse(action["res_id"]).action_apply()
        self.work()
        self.assertFalse(self.server.living())
        self.assertEqual(shipment.booking_ids[:1].void_reason, "damaged")

    def test_planner_makes_a_draft_and_requests_it(self):
        shipment = self.ship().logistics_shipment_ids
        shipment.booking_id.action_void("other service")
        bookings = self.env["logistics.carrier.booking"].with_user(self.users["planner"])
        draft = bookings.create({"shipment_id": shipment.id, "carrier_id": self.standard.id, "service": "Next day"})
        self.assertEqual((draft.state, draft.service), ("draft", "express"))
        draft.action_request()
        self.work()
        self.assertEqual(self.server.living()[0]["service"], "express")

    def test_planner_makes_a_draft_in_the_form(self):
        shipment = self.ship().logistics_shipment_ids
        shipment.booking_id.action_void("other service")
        with Form(self.env["logistics.carrier.booking"].with_user(self.users["planner"])) as form:
            form.shipment_id = shipment
            self.assertEqual(form.carrier_id, self.standard)
            self.assertEqual((form.account_id, form.service), (self.account, "standard"))
            form.carrier_id = self.express
            self.assertEqual(form.service, "express")
        draft = shipment.booking_ids[0]
        self.assertEqual((draft.state, draft.service, draft.company_id), ("draft", "express", self.company))
        draft.with_user(self.users["planner"]).action_request()
        self.work()
        self.assertEqual(self.server.living()[0]["service"], "express")

    def test_others_read_and_change_nothing(self):
        shipment = self.ship().logistics_shipment_ids
        booking = shipment.booking_id
        for role in ("user", "approver", "integration", "auditor"):
            with self.subTest(role=role):
                own = booking.with_user(self.users[role])
                self.assertEqual(own.read(["state"])[0]["state"], "requested")
                for act in (own.action_void, own.action_retry, own.action_request):
                    with self.assertRaises(AccessError):
                        act()
                with self.assertRaises(AccessError):
                    own.write({"void_reason": "x"})
                with self.assertRaises(AccessError):
                    own.create({"shipment_id": shipment.id})
        for role in ("user", "approver"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                shipment.with_user(self.users[role]).action_book()

    def test_accounts_are_the_integration_administrators(self):
        for role in ("user", "planner", "approver", "manager", "auditor"):
            with self.subTest(role=role):
                account = self.account.with_user(self.users[role])
                self.assertEqual(account.read(["name"])[0]["name"], "Parcel contract")
                with self.assertRaises(AccessError):
                    account.write({"timeout": 3})
                with self.assertRaises(AccessError):
                    account.write({"token": "mine"})
                with self.assertRaises(AccessError):
                    account.unlink()
        account = self.account.with_user(self.users["integration"])
        account.write({"timeout": 3, "token": "another"})
        self.assertEqual(account.waiting_count, 0)

    def test_warehouse_worker_without_role_ships_and_causes_a_booking(self):
        worker = new_test_user(self.env, "carrier_worker", groups="base.group_user,stock.group_stock_user")
        order = self.make_order(carrier=self.standard)
        picking = order.picking_ids.with_user(worker)
        picking.action_assign()
        picking.move_ids.picked = True
        picking._action_done()
        booking = self.booking_of(picking.sudo())
        self.assertEqual((booking.state, booking.create_uid), ("requested", worker))
        picking.cancel_shipment()
        self.assertEqual(booking.state, "voided")

    def test_guarded_fields_are_not_written_from_outside(self):
        booking = self.booking_of(self.ship()).with_user(self.users["planner"])
        for name, value in {"state": "booked", "carrier_booking_ref": "BK9", "amount": 1.0, "reference": "X"}.items():
            with self.subTest(field=name), self.assertRaisesRegex(UserError, "is set by its buttons"):
                booking.write({name: value})
        with self.assertRaisesRegex(UserError, "void BKG/.* and book anew"):
            booking.write({"service": "express"})
        with self.assertRaisesRegex(UserError, "is set by its buttons"):
            booking.create({"shipment_id": booking.shipment_id.id, "state": "booked"})

    def test_lifecycle_is_enforced(self):
        booking = self.booking_of(self.ship())
        booking.action_void("x")
        with self.assertRaisesRegex(UserError, "is Voided and cannot become Requested"):
            booking.write({"state": "requested"})

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env, "carrier_stranger", groups="logistics_orchestration.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )  # fmt: skip
        booking = self.booking_of(self.ship())
        self.assertFalse(self.env["logistics.carrier.booking"].with_user(stranger).search([("id", "=", booking.id)]))
        self.assertFalse(
            self.env["logistics.carrier.account"].with_user(stranger).search([("id", "=", self.account.id)])
        )
        with self.assertRaises(AccessError):
            booking.with_user(stranger).action_void("x")

    def test_no_account_says_what_to_do(self):
        shipment = self.ship(self.carrier).logistics_shipment_ids
        with self.assertRaisesRegex(UserError, "Shipping method Ground .* has no carrier account"):
            shipment.action_book()
