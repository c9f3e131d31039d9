"""Dispatch, cancel, ship again, labels: by hand and by the automation."""

import io
import zipfile

from PyPDF2 import PdfFileReader, PdfFileWriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .shipment_common import ShipmentCase


def blank_pdf():
    """One empty page."""
    writer = PdfFileWriter()
    writer.addBlankPage(width=288, height=432)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@tagged("post_install", "-at_install")
class TestShipmentDispatch(ShipmentCase):
    def label(self, parcel, raw, mimetype="application/pdf"):
        attachment = self.env["ir.attachment"].create(
            {"name": "label", "raw": raw, "mimetype": mimetype, "res_model": parcel._name, "res_id": parcel.id}
        )
        parcel.write({"label_state": "ok", "label_attachment_id": attachment.id})
        return attachment

    # -- dispatch ------------------------------------------------------------------------------------------------

    def test_a_user_dispatches_once(self):
        user = self.make_user("dock", "group_user")
        shipment = self.ship().with_user(user)
        shipment.action_dispatch()
        self.assertTrue(shipment.dispatched_at)
        self.assertTrue(shipment.dispatch_manual)
        self.assertEqual(shipment.dispatched_by, user.name)
        self.assertEqual((shipment.milestone, shipment.certainty), ("pre_transit", "actual"))
        event = self.events("shipment.dispatched", shipment)
        self.assertEqual(event.data["milestone"], "pre_transit")
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertFalse(self.events("shipment.status_changed", shipment), "a dispatch is told as such")
        with self.assertRaisesRegex(UserError, "was dispatched already, by dock"):
            shipment.action_dispatch()

    def test_what_is_not_picked_is_not_dispatched(self):
        order = self.make_order(qty=1)
        picking = self.outgoing(order)
        shipment = self.env["logistics.shipment"].create(
            {"order_id": order.id, "picking_ids": [(6, 0, picking.ids)], "parcel_ids": [(0, 0, {})]}
        )
        with self.assertRaisesRegex(UserError, f"validate {picking.name} first"):
            shipment.action_dispatch()

    def test_dispatch_needs_a_role(self):
        user = self.make_user("picker2", "stock.group_stock_user")
        with self.assertRaisesRegex(AccessError, "Logistics User"):
            self.ship().with_user(user).action_dispatch()

    def test_several_at_once(self):
        shipments = self.ship(tracking="A") | self.ship(tracking="B")
        shipments.action_dispatch()
        self.assertTrue(all(shipments.mapped("dispatched_at")))
        self.assertEqual(len(self.events("shipment.dispatched", shipments)), 2)

    def external(self, shipment, **vals):
        """The transfers of the shipment were done by a warehouse system."""
        system = self.make_system("warehouse")
        self.env["logistics.fulfillment"].create(
            {
                "order_id": shipment.order_id.id,
                "warehouse_id": self.warehouse.id,
                "system_id": system.id,
                "move_ids": [(6, 0, shipment.picking_ids.move_ids.ids)],
                "picking_ids": [(6, 0, shipment.picking_ids.ids)],
                **vals,
            }
        )

    def test_an_external_warehouse_s_shipment_is_dispatched_with_its_label(self):
        self.enforce("shipment")
        shipment = self.ship()
        self.external(shipment)
        shipment._logistics_emit("logistics.shipment.label_created")
        self.assertTrue(shipment.dispatched_at)
        self.assertFalse(shipment.dispatch_manual)
        shipment._logistics_emit("logistics.shipment.label_created")
        self.assertEqual(len(self.events("shipment.dispatched", shipment)), 1)

    def test_observing_it_is_only_noted(self):
        shipment = self.ship()
        self.external(shipment)
        shipment._logistics_emit("logistics.shipment.label_created")
        self.assertFalse(shipment.dispatched_at)
        note = self.env["logistics.observation"].search([("capability", "=", "shipment")])
        self.assertIn(shipment.name, note.summary)

    def test_where_people_did_the_warehouse_s_work_people_dispatch(self):
        self.enforce("shipment")
        shipment = self.ship()
        self.external(shipment, manual=True)
        shipment._logistics_emit("logistics.shipment.label_created")
        self.assertFalse(shipment.dispatched_at)

    def test_in_our_own_warehouse_a_label_dispatches_nothing(self):
        self.enforce("shipment")
        shipment = self.ship()
        shipment._logistics_emit("logistics.shipment.label_created")
        self.assertFalse(shipment.dispatched_at)

    # -- cancel and ship again -----------------------------------------------------------------------------------

    def test_cancel_and_ship_again(self):
        planner = self.make_user("planner1", "group_planner")
        shipment = self.ship().with_user(planner)
        self.assertEqual(shipment.action_cancel()["res_model"], "logistics.reason.wizard")
        shipment.action_cancel(reason="Wrong address")
        self.assertEqual(shipment.milestone, "cancelled")
        self.assertEqual(self.events("shipment.status_changed", shipment).data["milestone"], "cancelled")
        self.assertEqual(shipment.sudo().milestone_ids[0].description, "Wrong address")
        with self.assertRaisesRegex(UserError, "is cancelled"):
            shipment.action_dispatch()
        with self.assertRaisesRegex(UserError, "cancelled already"):
            shipment.action_cancel(reason="Again")
        shipment.action_ship_again()
        again = shipment.picking_ids.logistics_shipment_ids - shipment
        self.assertEqual((len(again), again.milestone, again.order_id), (1, "unknown", shipment.order_id))
        with self.assertRaisesRegex(UserError, "have a new shipment already"):
            shipment.action_ship_again()

    def test_what_the_carrier_has_cannot_be_cancelled(self):
        shipment = self.ship()
        self.scan("TRK1", "COLLECTED")
        with self.assertRaisesRegex(UserError, "with the carrier already"):
            shipment.action_cancel(reason="Too late")

    def test_a_user_cannot_cancel(self):
        user = self.make_user("dock2", "group_user")
        with self.assertRaisesRegex(AccessError, "Transport Planner"):
            self.ship().with_user(user).action_cancel(reason="No")

    def test_shipments_are_never_deleted(self):
        with self.assertRaisesRegex(UserError, "Cancel"):
            self.ship().unlink()

    def test_what_follows_from_scans_is_not_written(self):
        planner = self.make_user("planner2", "group_planner")
        shipment = self.ship().with_user(planner)
        with self.assertRaisesRegex(UserError, "Dispatch or Set milestone"):
            shipment.dispatched_at = "2026-01-01"
        with self.assertRaisesRegex(UserError, "Set milestone"):
            shipment.parcel_ids.milestone = "delivered"
        shipment.parcel_ids.tracking_number = " 42 "
        self.assertEqual(shipment.parcel_ids.tracking_number, "42")

    # -- labels --------------------------------------------------------------------------------------------------

    def test_no_label_says_what_to_do(self):
        with self.assertRaisesRegex(UserError, "no label yet"):
            self.ship().action_print_labels()

    def test_one_label_opens_itself(self):
        shipment = self.ship()
        label = self.label(shipment.parcel_ids, blank_pdf())
        self.assertEqual(shipment.label_attachment_ids, label)
        self.assertEqual(shipment.label_state, "ok")
        self.assertIn(f"/web/content/{label.id}", shipment.action_print_labels()["url"])
        self.assertIn(f"/web/content/{label.id}", shipment.parcel_ids.action_open_label()["url"])

    def test_all_labels_open_in_one_document(self):
        shipment = self.ship(qty=2, packages=2)
        for parcel in shipment.parcel_ids:
            self.label(parcel, blank_pdf())
        url = shipment.action_print_labels()["url"]
        document = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        self.assertEqual(PdfFileReader(io.BytesIO(document.raw)).getNumPages(), 2)
        self.assertEqual(shipment.action_print_labels()["url"], url, "made once")

    def test_printer_files_are_joined_and_both_kinds_come_in_an_archive(self):
        shipment = self.ship(qty=2, packages=2)
        first, second = shipment.parcel_ids
        self.label(first, b"^XA^FDone^XZ", "text/plain")
        self.assertEqual(shipment.label_state, "partial")
        self.label(second, b"^XA^FDtwo^XZ", "text/plain")
        url = shipment.action_print_labels()["url"]
        document = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        self.assertEqual(document.raw, b"^XA^FDone^XZ\n^XA^FDtwo^XZ")
        self.label(second, blank_pdf())
        url = shipment.action_print_labels()["url"]
        document = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        with zipfile.ZipFile(io.BytesIO(document.raw)) as archive:
            self.assertEqual(sorted(archive.namelist()), ["labels.pdf", "labels.zpl"])
            self.assertEqual(archive.read("labels.zpl"), b"^XA^FDone^XZ")

    def test_a_voided_label_is_not_printed(self):
        shipment = self.ship()
        self.label(shipment.parcel_ids, blank_pdf())
        shipment.parcel_ids.label_state = "voided"
        self.assertFalse(shipment.label_attachment_ids)
        with self.assertRaisesRegex(UserError, "no valid label"):
            shipment.parcel_ids.action_open_label()
