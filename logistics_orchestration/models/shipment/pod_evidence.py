"""One piece of evidence of a proof of delivery: a signature, a photo, a document."""

import base64

from odoo import api, fields, models
from odoo.tools.mimetypes import guess_mimetype

# What a browser shows as a picture or a page of paper and nothing else. A script in an SVG or a web page must never run
# in a colleague's session: those are kept as plain text.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "application/pdf")


class PodEvidence(models.Model):
    _name = "logistics.pod.evidence"
    _description = "Proof of Delivery Evidence"
    _inherit = ["logistics.pod.part"]
    _order = "pod_id, id"
    _rec_name = "filename"

    pod_id = fields.Many2one("logistics.pod", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="pod_id.company_id", store=True)
    kind = fields.Selection(
        [("signature", "Signature"), ("photo", "Photo"), ("document", "Document")], required=True, default="document"
    )
    filename = fields.Char(required=True)
    content = fields.Binary(compute="_compute_content", inverse="_inverse_content", string="File")
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict")
    mimetype = fields.Char(related="attachment_id.mimetype")
    checksum = fields.Char(related="attachment_id.checksum", store=True)
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)

    @api.depends("attachment_id")
    def _compute_content(self):
        for evidence in self:
            evidence.content = evidence.attachment_id.datas

    def _inverse_content(self):
        for evidence in self.filtered("content"):
            evidence.attachment_id = evidence._store(
                evidence.pod_id, evidence.filename, base64.b64decode(evidence.content)
            )

    @api.model
    def _attach(self, pod, kind, filename, raw):
        """Attach ``raw`` to ``pod`` unless the same bytes are there already.

        :returns: the new evidence, or an empty record
        """
        checksum = self.env["ir.attachment"]._compute_checksum(raw)
        if checksum in pod.evidence_ids.mapped("checksum"):
            return self.browse()
        if kind not in dict(self._fields["kind"].selection):
            kind = "document"
        attachment = self._store(pod, filename, raw)
        return self.create({"pod_id": pod.id, "kind": kind, "filename": filename, "attachment_id": attachment.id})

    @api.model
    def _store(self, pod, filename, raw):
        mimetype = guess_mimetype(raw)
        if mimetype not in SHOWN and ("ht" in mimetype or "xml" in mimetype or mimetype.startswith("text/")):
            mimetype = "text/plain"
        return self.env["ir.attachment"].create(
            {
                "name": filename,
                "raw": raw,
                "mimetype": mimetype,
                "res_model": pod._name,
                "res_id": pod.id,
            }
        )
