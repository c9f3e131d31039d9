"""Labels: each parcel's by itself, all of a selection in one go, in the format each shipping method wants."""

import io
import zipfile

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingLabels(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")

    def printed(self, action):
        """The file an action opens."""
        return self.env["ir.attachment"].browse(int(action["url"].split("/")[3].split("?")[0]))

    def test_all_labels_of_a_selection_in_one_pdf(self):
        shipments = (self.ship(packages=2) | self.ship()).logistics_shipment_ids
        self.work()
        document = self.printed(shipments.action_print_labels())
        self.assertEqual(PdfFileReader(io.BytesIO(document.raw)).getNumPages(), 3)
        self.assertEqual(self.printed(shipments.booking_ids.action_print_labels()).raw, document.raw)

    def test_format_of_the_shipping_method(self):
        self.standard.logistics_label_format = "zpl"
        shipment = self.ship(packages=2).logistics_shipment_ids
        self.work()
        document = self.printed(shipment.action_print_labels())
        self.assertEqual((document.mimetype, document.raw.count(b"^XA")), ("text/plain", 2))
        self.assertEqual(self.server.living()[0]["told"]["label_format"], "zpl")

    def test_pdf_and_zpl_come_in_one_archive(self):
        paper = self.ship()
        self.work()
        self.standard.logistics_label_format = "zpl"
        shipments = (paper | self.ship(packages=2)).logistics_shipment_ids
        self.work()
        document = self.printed(shipments.action_print_labels())
        with zipfile.ZipFile(io.BytesIO(document.raw)) as archive:
            self.assertEqual(sorted(archive.namelist()), ["labels.pdf", "labels.zpl"])
            self.assertEqual(archive.read("labels.zpl").count(b"^XA"), 2)

    def test_one_parcels_label_alone(self):
        shipment = self.ship(packages=2).logistics_shipment_ids
        self.work()
        line = shipment.booking_id.line_ids[1]
        document = self.printed(line.action_download())
        self.assertEqual(document, line.attachment_id)
        self.assertIn(line.tracking_number, document.name)

    def test_packaging_and_incoterm_go_along(self):
        self.standard.write(
            {"logistics_packaging": "BOX-M", "logistics_incoterm_id": self.env.ref("account.incoterm_DAP").id}
        )
        booking = self.booking_of(self.ship())
        self.work()
        told = self.server.living()[0]["told"]
        self.assertEqual((told["packaging"], told["incoterm"]), ("BOX-M", "DAP"))
        self.assertEqual(booking.packaging, "BOX-M")

    def test_one_label_of_three_missing_is_said_per_parcel_and_got_again(self):
        self.server.fault(404, path="/labels/TRK00002")
        shipment = self.ship(qty=3, packages=3).logistics_shipment_ids
        self.work()
        booking = shipment.booking_id
        self.assertEqual(booking.line_ids.mapped("label_state"), ["ok", "failed", "ok"])
        self.assertEqual((shipment.label_state, booking.label_count), ("failed", 2))
        booking.action_retry()
        self.work()
        self.assertEqual(booking.line_ids.mapped("label_state"), ["ok"] * 3)
        self.assertEqual(len(self.server.bookings), 1)

    def test_a_file_that_cannot_be_read_is_named(self):
        shipments = (self.ship() | self.ship()).logistics_shipment_ids
        self.work()
        shipments[:1].parcel_ids.label_attachment_id.raw = b"%PDF-1.4 cut off"
        name = shipments[:1].parcel_ids.label_attachment_id.name
        with self.assertRaisesRegex(UserError, f"Label {name} cannot be read"):
            shipments.action_print_labels()
