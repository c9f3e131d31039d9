"""What a decision binds to, and how people read it.

``snapshot`` holds what was asked and the facts of the document that matter to the decision, as ids and figures, never
as words: a carrier that is renamed changes nothing. Each kind names its facts in ``_snapshot_<kind>(subject)``.
"""

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.tools import format_datetime
from odoo.tools.misc import formatLang

from ..core import snapshot


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    change_html = fields.Html(string="What Changes", compute="_compute_change_html", sanitize=False)
    change_rows = fields.Json(readonly=True, copy=False, help="What changes, in words, as approvers saw it.")
    stale_html = fields.Html(
        string="Changed Since",
        compute="_compute_stale_html",
        sanitize=False,
        help="What differs from what was asked on.",
    )

    def _kind_hook(self, prefix):
        """The method ``<prefix>_<kind>`` of this request, or None when its kind has none."""
        return getattr(self, f"{prefix}_{self.kind}", None) if self.kind else None

    def _make_snapshot(self):
        """What was asked and what is true of the document now, canonical and JSON-able."""
        self.ensure_one()
        request = self.sudo()  # sudo: the ground of a decision does not depend on who looks
        subject = request._subject()
        facts = {"gone": True}
        if subject:
            hook = request._kind_hook("_snapshot")
            facts = hook(subject) if hook else {"document": subject.id}
        return snapshot.canonical(
            {
                "kind": request.kind,
                "document": f"{request.subject_model}/{request.subject_id}",
                "asked": {
                    "amount": request.amount,
                    "currency_id": request.currency_id.id,
                    "carrier_id": request.carrier_id.id,
                    "value_cap": request.value_cap,
                    "valid_until": fields.Datetime.to_string(request.valid_until) or None,
                    "beneficiary_id": request.beneficiary_id.id,
                    "payload": request.payload or None,
                },
                "facts": facts,
            }
        )

    def _changed(self):
        """Differences between what was asked on and what is true now: list of (path, then, now); empty when none.

        A stored snapshot that no longer fits its own hash counts as changed: nothing is decided on tampered ground.
        """
        self.ensure_one()
        if snapshot.digest(self.snapshot) != self.snapshot_hash:
            return [(("snapshot",), self.snapshot_hash, snapshot.digest(self.snapshot))]
        return snapshot.differences(self.snapshot, self._make_snapshot())

    # -- in words ---------------------------------------------------------------------------------------------

    @api.model
    def _snapshot_words(self):
        """Label, and model or type, of each fact; kinds add theirs."""
        return {
            "gone": (_("Document deleted"), "bool"),
            "amount": (_("Amount"), "float"),
            "currency_id": (_("Currency"), "res.currency"),
            "carrier_id": (_("Delivery method"), "delivery.carrier"),
            "beneficiary_id": (_("Beneficiary"), "res.partner"),
            "value_cap": (_("Value cap"), "float"),
            "valid_until": (_("Valid until"), "text"),
            "partner_id": (_("Business partner"), "res.partner"),
            "ship_to_id": (_("Delivery address"), "res.partner"),
            "order_value": (_("Document value"), "float"),
            "state": (_("State"), "text"),
            "snapshot": (_("Fingerprint"), "text"),
        }

    def _show(self, path, value):
        """Label and value of one fact for people."""
        words = self._snapshot_words()
        name = next((part for part in path if part in words), path[-1])
        label, kind = words.get(name, (name.replace("_", " ").capitalize(), "text"))
        tail = path[path.index(name) + 1 :] if name in path else ()
        if tail and kind.endswith("}"):  # "{product.product}": figures by record
            key_model, _sep, value_model = kind.strip("{}").partition(":")
            record = self.env[key_model].sudo().browse(int(tail[0])).exists()  # sudo: a name in a sentence
            label = f"{label}: {record.display_name if record else tail[0]}"
            kind = value_model or "float"
        if value is None or value is False or (value == 0 and kind in self.env):
            return label, _("none")
        if kind == "float":
            return label, formatLang(self.env, value)
        if kind == "bool":
            return label, _("yes")
        if kind in self.env:
            record = self.env[kind].sudo().browse(value).exists()  # sudo: a name in a sentence
            return label, record.display_name if record else _("deleted (%(id)s)", id=value)
        if isinstance(value, dict):
            return label, ", ".join(f"{key}: {item}" for key, item in value.items())
        return label, str(value)

    def _difference_rows(self, differences):
        rows = []
        for path, old, new in differences:
            label, old_text = self._show(path, old)
            rows.append((label, old_text, self._show(path, new)[1]))
        return rows

    @api.model
    def _html_table(self, rows, heads):
        """A small HTML table; every value is escaped."""
        head = Markup("").join(Markup("<th>%s</th>") % text for text in heads)
        body = Markup("").join(
            Markup("<tr><td class='text-muted'>%s</td><td>%s</td><td><b>%s</b></td></tr>") % row for row in rows
        )
        return Markup("<table class='table table-sm mb-0'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            head,
            body,
        )

    @api.depends("subject_model", "subject_id", "carrier_id", "amount", "value_cap", "valid_until", "change_rows")
    def _compute_change_html(self):
        for request in self:
            rows = request.change_rows or list(request._change_rows())
            heads = ("", _("When asked"), _("If approved"))
            request.change_html = request._html_table(map(tuple, rows), heads) if rows else False

    def _change_rows(self):
        """(label, now, if approved) for people; each kind says more in ``_changes_<kind>(subject)``."""
        request = self.sudo()  # sudo: who may read the request reads what it is about
        subject = request._subject()
        hook = request._kind_hook("_changes")
        rows = list(hook(subject)) if subject and hook else []
        if request.value_cap:
            rows.append(
                (_("Released up to"), "", formatLang(self.env, request.value_cap, currency_obj=request.currency_id))
            )
        if request.valid_until:
            rows.append((_("Released until"), "", format_datetime(self.env, request.valid_until)))
        if request.amount:
            rows.append((_("Cost"), "", formatLang(self.env, request.amount, currency_obj=request.currency_id)))
        return rows

    @api.depends("snapshot_hash", "state")
    def _compute_stale_html(self):
        for request in self:
            rows = []
            if request.snapshot_hash and request.state in ("requested", "approved") and not request.executed_at:
                rows = request._difference_rows(request._changed())
            request.stale_html = request._html_table(rows, ("", _("When asked"), _("Now"))) if rows else False
