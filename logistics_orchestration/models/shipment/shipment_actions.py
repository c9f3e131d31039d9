"""What people (and the automation) do with a shipment: dispatch, set a milestone, cancel, ship again, print labels."""

import io
import zipfile

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.pdf import PdfFileReader, merge_pdf

from ...milestones import Scan
from .codes import UNDER_WAY

_PDF, _ZPL = "application/pdf", "text/plain"


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _require_group(self, group, deed):
        """Refuse whoever is not in ``group``, naming what was to be done and who may."""
        if not (self.env.su or self.env.user.has_group(f"logistics_orchestration.{group}")):
            name = self.env.ref(f"logistics_orchestration.{group}").sudo().name  # sudo: the name of a role, no secret
            raise AccessError(_("%(deed)s: this needs the role %(role)s.", deed=deed, role=name))

    # -- dispatch ------------------------------------------------------------------------------------------------

    def action_dispatch(self):
        """Hand the shipment to the carrier: by a click, or by the automation when an external warehouse did it.

        :raises UserError: it was dispatched before, is cancelled, or its goods are not picked
        """
        self._require_group("group_user", _("Dispatch"))
        with self.env["logistics.event"]._business_call():
            for shipment in self:
                shipment._check_dispatch()
                by_hand = not self.env.su and not self.env.context.get("logistics_event")
                who = self.env.user.name if by_hand else _("automation")
                shipment._mark_dispatched(fields.Datetime.now(), who, manual=by_hand)
        return True

    def _check_dispatch(self):
        self.ensure_one()
        if self.milestone == "cancelled":
            raise UserError(_("%(name)s is cancelled. Create a new shipment from its transfer.", name=self.name))
        if self.dispatched_at:
            raise UserError(
                _(
                    "%(name)s was dispatched already, by %(who)s on %(when)s.",
                    name=self.name,
                    who=self.dispatched_by,
                    when=fields.Datetime.context_timestamp(self, self.dispatched_at).strftime("%Y-%m-%d %H:%M"),
                )
            )
        undone = self.sudo().picking_ids.filtered(lambda p: p.state != "done")  # sudo: only whether it is done counts
        if undone or not self.picking_ids:
            raise UserError(
                _(
                    "%(name)s is not picked yet: validate %(transfers)s first.",
                    name=self.name,
                    transfers=", ".join(undone.mapped("name")) or _("its transfer"),
                )
            )

    def _mark_dispatched(self, moment, who, manual=False):
        """Record that it left, and tell so; parcels nobody has scanned yet become announced."""
        self.ensure_one()
        # sudo: what follows from a dispatch is not written by hand; the right to dispatch was checked
        shipment = self.sudo()
        shipment.write({"dispatched_at": moment, "dispatched_by": who, "dispatch_manual": manual})
        for parcel in shipment.parcel_ids.filtered(lambda p: p.milestone == "unknown"):
            parcel._record_scan(
                Scan(moment, "pre_transit", who="odoo", raw_code="dispatch"),
                description=_("Dispatched by %(who)s", who=who),
            )
        shipment._logistics_emit("logistics.shipment.dispatched", occurred_at=moment)

    def _dispatched_by_scan(self):
        """Whether a carrier's scan, and neither a person nor a rule, says when it left."""
        self.ensure_one()
        if not self.dispatched_at or self.dispatch_manual:
            return False
        rows = self.parcel_ids.milestone_ids
        return any(row.who == "carrier" and row.occurred_at == self.dispatched_at for row in rows)

    def _first_scan_under_way(self):
        """When it left by the earliest of the carrier's scans that stand; None without any."""
        rows = self.parcel_ids.milestone_ids.filtered(lambda r: r._says_under_way() and not r.is_retracted)
        return min(rows.mapped("occurred_at"), default=None)

    def _dispatch_was_earlier(self, row):
        """A scan from before the one by which it counted as dispatched, heard of later: that is when it left.

        :param row: the logistics.milestone that was recorded
        """
        self.ensure_one()
        earlier = self.dispatched_at and row.occurred_at and row.occurred_at < self.dispatched_at
        if earlier and row._says_under_way() and self._dispatched_by_scan():
            self.dispatched_at = row.occurred_at

    def _logistics_auto_dispatch(self):
        """Dispatch what an external warehouse has handed over itself (its label is there, nobody here touches it)."""
        for shipment in self:
            if shipment.dispatched_at or shipment.milestone == "cancelled" or not shipment._is_external():
                continue
            if shipment._logistics_enforced("shipment"):
                shipment.action_dispatch()
            else:
                shipment._logistics_observe("shipment", _("Dispatch %(name)s", name=shipment.name))

    def _is_external(self):
        """Whether an external warehouse system did the transfers, and no person in its place."""
        self.ensure_one()
        # sudo: the automation asks, whoever caused it
        requests = self.env["logistics.fulfillment"].sudo()
        domain = [("picking_ids", "in", self.picking_ids.ids), ("system_id", "!=", False), ("manual", "=", False)]
        return bool(requests.search_count(domain, limit=1))

    # -- proof of delivery ---------------------------------------------------------------------------------------

    def action_upload_pod(self):
        """Enter a proof of delivery by hand (a photo of the signed delivery note, for instance)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Proof of Delivery of %(name)s", name=self.name),
            "res_model": "logistics.pod",
            "views": [[False, "form"]],
            "context": {"default_shipment_id": self.id, "default_parcel_ids": self.parcel_ids.ids},
        }

    def _pod_deadline(self):
        """Until when the proof should be here: a day after the delivery."""
        return self.delivered_at and fields.Datetime.add(self.delivered_at, days=1)

    # -- by hand -------------------------------------------------------------------------------------------------

    def _can_set_by_hand(self):
        return self.env.user.has_group("logistics_orchestration.group_planner")

    def action_set_milestone(self):
        """Open the window to record a milestone by hand, with a reason."""
        self.ensure_one()
        self._require_group("group_planner", _("Set milestone"))
        return {
            "type": "ir.actions.act_window",
            "name": _("Set milestone of %(name)s", name=self.name),
            "res_model": "logistics.shipment.milestone.wizard",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_shipment_id": self.id},
        }

    def action_cancel(self, reason=None):
        """Cancel a shipment the carrier has not taken yet; the goods stay done in Odoo and can be shipped again.

        :param str reason: why; asked for when not given
        """
        self._require_group("group_planner", _("Cancel"))
        for shipment in self:
            gone = shipment.parcel_ids.filtered(lambda p: p.milestone in UNDER_WAY)
            if gone:
                raise UserError(
                    _(
                        "%(name)s is with the carrier already (%(parcels)s). Ask the carrier to stop it, or set the "
                        "milestone by hand.",
                        name=shipment.name,
                        parcels=", ".join(gone.mapped("display_name")),
                    )
                )
            if shipment.milestone == "cancelled":
                raise UserError(_("%(name)s is cancelled already.", name=shipment.name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_cancel", _("Why is it cancelled?"))
        with self.env["logistics.event"]._business_call():
            for shipment in self:
                shipment._cancel(reason)
        return True

    def _cancel(self, reason):
        self.ensure_one()
        self._logistics_void(["logistics.shipment.dispatched"], reason)
        now = fields.Datetime.now()
        for parcel in self.parcel_ids:
            parcel._record_scan(Scan(now, "cancelled", who="planner", raw_code="cancel"), description=reason)
        self.message_post(body=_("Cancelled: %(reason)s", reason=reason))

    def action_ship_again(self):
        """Make a new shipment for the transfers of a cancelled one."""
        self.ensure_one()
        self._require_group("group_user", _("Ship again"))
        if self.milestone != "cancelled":
            raise UserError(_("%(name)s is not cancelled: one shipment at a time.", name=self.name))
        shipments = self.picking_ids._logistics_create_shipments()
        if not shipments:
            raise UserError(_("The transfers of %(name)s have a new shipment already.", name=self.name))
        return shipments.action_open()

    # -- labels --------------------------------------------------------------------------------------------------

    def action_print_labels(self):
        """Open every valid label in one document: PDFs are merged, printer files joined; of both kinds, a ZIP.

        :raises UserError: no label
        """
        labels = self._live_labels().label_attachment_id
        if not labels:
            raise UserError(
                _(
                    "%(names)s: no label yet. Book the carrier, or upload the label on the parcel.",
                    names=", ".join(self.mapped("name")),
                )
            )
        return self._print(labels)

    def _print(self, labels):
        """Open labels in one document; those of one carrier's picture file, say, come along as they are in a ZIP."""
        formats = sorted(set(labels.mapped("mimetype")))
        if len(labels) == 1:
            document = labels
        elif len(formats) == 1 and formats[0] in (_PDF, _ZPL):
            document = self._join_labels(labels)
        else:
            document = self._zip_labels(labels)
        return {"type": "ir.actions.act_url", "url": f"/web/content/{document.id}?download=true", "target": "new"}

    def _zip_labels(self, labels):
        """One archive for labels of several kinds: one file per printer, the others one by one."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for mimetype, name in ((_PDF, "labels.pdf"), (_ZPL, "labels.zpl")):
                same = labels.filtered(lambda label, kind=mimetype: label.mimetype == kind)
                if same:
                    archive.writestr(name, self._merged(same))
            for label in labels.filtered(lambda label: label.mimetype not in (_PDF, _ZPL)):
                archive.writestr(f"{label.id}-{label.name}", label.raw)
        shipment = self[:1]
        return self.env["ir.attachment"].create(
            {
                "name": f"labels-{shipment.name.replace('/', '-')}.zip",
                "raw": content.getvalue(),
                "mimetype": "application/zip",
                "res_model": shipment._name,
                "res_id": shipment.id,
            }
        )

    def _merged(self, labels):
        """The labels of one kind as the bytes of one file.

        :raises UserError: a file is no PDF that can be read
        """
        if labels[0].mimetype != _PDF:
            return b"\n".join(label.raw for label in labels)
        for label in labels:
            try:
                PdfFileReader(io.BytesIO(label.raw), strict=False).getNumPages()
            except Exception as error:
                raise UserError(
                    _(
                        "Label %(name)s cannot be read (%(error)s): get it again, or print the others without it.",
                        name=label.name,
                        error=error,
                    )
                ) from error
        return merge_pdf([label.raw for label in labels])

    def _join_labels(self, labels):
        """One attachment with all ``labels``, made anew only when they have changed."""
        shipment = self[:1]
        # the description finds it again: checksums of what it was made of
        print_of = "labels:" + ",".join(str(label.checksum) for label in labels)
        attachments = self.env["ir.attachment"]
        known = attachments.search(
            [("res_model", "=", shipment._name), ("res_id", "=", shipment.id), ("description", "=", print_of)], limit=1
        )
        if known:
            return known
        pdf = labels[0].mimetype == _PDF
        return attachments.create(
            {
                "name": f"labels-{shipment.name.replace('/', '-')}.{'pdf' if pdf else 'zpl'}",
                "raw": self._merged(labels),
                "mimetype": labels[0].mimetype,
                "description": print_of,
                "res_model": shipment._name,
                "res_id": shipment.id,
            }
        )

    # -- smart buttons -------------------------------------------------------------------------------------------

    def action_open(self):
        """Open these shipments: one as a form, more as a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_shipment")
        action.update(domain=[("id", "in", self.ids)], context={})
        if len(self) == 1:
            action.update(res_id=self.id, views=[[False, "form"]])
        return action

    def action_open_order(self):
        """The sales orders it delivers."""
        return self._open("sale.order", self.order_ids or self.order_id, _("Sales Orders"))

    def action_open_transfers(self):
        """The transfers it left on."""
        return self._open("stock.picking", self.picking_ids, _("Transfers"))

    def action_open_pods(self):
        """Its proofs of delivery."""
        return self._open("logistics.pod", self.pod_ids, _("Proofs of Delivery"))

    def action_open_milestones(self):
        """Every scan of its parcels, with the partner's raw codes."""
        return self._open("logistics.milestone", self.milestone_ids, _("Milestones"), form=False)

    def _open(self, model, records, name, form=True):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": [("id", "in", records.ids)],
            "views": [[False, "tree"], [False, "form"]],
        }
        if form and len(records) == 1:
            action.update(views=[[False, "form"]], res_id=records.id)
        return action
