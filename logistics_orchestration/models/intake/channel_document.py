"""A document written for a trading partner: an acknowledgement, a ship notice; kept as it was sent."""

from odoo import _, api, fields, models

from ...parsers import edifact, edifact_out, x12, x12_out
from ...parsers.errors import OrderError

# (format, what it says) -> (name, writer)
_WRITERS = {
    ("x12", "acknowledgement"): ("855", x12_out.acknowledgement),
    ("x12", "ship_notice"): ("856", x12_out.ship_notice),
    ("x12", "functional"): ("997", x12_out.functional),
    ("edifact", "acknowledgement"): ("ORDRSP", edifact_out.order_response),
    ("edifact", "ship_notice"): ("DESADV", edifact_out.despatch_advice),
    ("edifact", "functional"): ("CONTRL", edifact_out.syntax_report),
}


class ChannelDocument(models.Model):
    _name = "logistics.channel.document"
    _description = "Document to a Trading Partner"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Document", required=True, readonly=True, help="855, 856, 997, ORDRSP, DESADV or CONTRL.")
    channel_id = fields.Many2one("logistics.channel", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    control = fields.Char(
        string="Control Number", required=True, readonly=True, index=True, help="Never used twice; kept over retries."
    )
    order_id = fields.Many2one("sale.order", readonly=True, ondelete="set null", index=True)
    text = fields.Text(string="As It Was Written", readonly=True)
    written_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    answer = fields.Selection(
        [("none", "None Yet"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        string="Partner's Receipt",
        default="none",
        required=True,
        readonly=True,
        index=True,
        help="What the partner's functional acknowledgement (997, CONTRL) says of it.",
    )
    answered_at = fields.Datetime(readonly=True)

    _sql_constraints = [("control_unique", "UNIQUE(control)", "This control number was used already.")]

    @api.depends("name", "control")
    def _compute_display_name(self):
        for document in self:
            document.display_name = f"{document.name} {document.control}"

    @api.model
    def _write_for(self, channel, kind, data, order):
        """Write a document of ``channel``'s format and keep it.

        :param str kind: acknowledgement, ship_notice or functional
        :param dict data: what it says; see the writers
        :param order: the sale.order it is about
        :returns: what an event carries of it (format, control, text), or None where the channel has none
        """
        found = _WRITERS.get((channel.document_format, kind))
        if not found:
            return None
        name, write = found
        room = x12 if channel.document_format == "x12" else edifact
        usual = room.Envelope("", "")
        envelope = room.Envelope(
            channel.our_edi_id.strip(),
            channel.partner_edi_id.strip(),
            channel.our_edi_qualifier or usual.sender_qualifier,
            channel.partner_edi_qualifier or usual.receiver_qualifier,
            test=channel.system_id.environment == "test",
        )
        # sudo: whoever confirms or ships draws a number and leaves the document; neither is written by hand
        control = self.env["ir.sequence"].sudo().next_by_code("logistics.channel.document")
        try:
            text = write(data, envelope, int(control), fields.Datetime.now())
        except OrderError as error:
            order._logistics_activity(_("%(document)s could not be written", document=name), str(error))
            return None
        # sudo: as above
        self.sudo().create(
            {"name": name, "channel_id": channel.id, "control": control, "order_id": order.id, "text": text}
        )
        return {"format": f"{channel.document_format}_{name.lower()}", "control": control, "text": text}

    def _answered(self, accepted):
        """The partner says whether it could read the document; a refused one is a person's.

        :param bool accepted: what the partner says
        """
        for document in self:
            document.write({"answer": "accepted" if accepted else "rejected", "answered_at": fields.Datetime.now()})
            if not accepted and document.order_id:
                document.order_id._logistics_activity(
                    _(
                        "%(document)s was refused by %(channel)s",
                        document=document.name,
                        channel=document.channel_id.name,
                    ),
                    _("Control number %(control)s. Ask the partner what is wrong with it.", control=document.control),
                    user=document.channel_id.user_id,
                )
