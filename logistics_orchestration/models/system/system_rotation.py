"""New secrets and inbound addresses without a gap: the old ones stay valid until a date, or until somebody ends it."""

import secrets

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...relay.signature import generate_secret

# Partners have this long to take over a new secret, unless told otherwise.
ROTATION_HOURS = 24
LONGEST_HOURS = 7 * 24
# secret -> (encrypted column, the old one's, until when that is valid)
_ROTATED = {
    "secret_out": ("secret_out_enc", "secret_out_prev_enc", "secret_out_prev_until"),
    "secret_in": ("secret_in_enc", "secret_in_prev_enc", "secret_in_prev_until"),
}


class SystemRotation(models.Model):
    _inherit = "logistics.system"

    secret_in_prev_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    secret_in_prev_until = fields.Datetime(readonly=True, copy=False)
    inbound_slug_prev = fields.Char(readonly=True, copy=False, index="btree_not_null")
    inbound_slug_prev_until = fields.Datetime(readonly=True, copy=False)
    rotation_text = fields.Text(compute="_compute_rotation_text", string="Rotation")

    @api.depends("secret_out_prev_until", "secret_in_prev_until", "inbound_slug_prev_until")
    def _compute_rotation_text(self):
        now = fields.Datetime.now()
        for system in self:
            lines = [
                text % {"until": fields.Datetime.context_timestamp(self, until).strftime("%Y-%m-%d %H:%M")}
                for until, text in (
                    (system.secret_out_prev_until, _("Two signatures are sent until %(until)s: the old and the new.")),
                    (system.secret_in_prev_until, _("The old verification secret is accepted until %(until)s.")),
                    (system.inbound_slug_prev_until, _("The old inbound address is open until %(until)s.")),
                )
                if until and until > now
            ]
            system.rotation_text = "\n".join(lines) or False

    def write(self, vals):
        rotated = [name for name in _ROTATED if vals.get(name)]
        # sudo: encrypted columns are closed to every user; the old secret goes on being valid for a while
        old = {(s.id, name): s.sudo()[_ROTATED[name][0]] for s in self for name in rotated}
        result = super().write(vals)
        hours = self.env.context.get("logistics_overlap_hours", ROTATION_HOURS)
        until = fields.Datetime.add(fields.Datetime.now(), hours=hours)
        for system in self:
            for name in rotated:
                _column, previous, valid_until = _ROTATED[name]
                kept = old[system.id, name] if hours else False
                if kept or (not hours and system[valid_until]):
                    # sudo: see above
                    super(SystemRotation, system.sudo()).write({previous: kept, valid_until: kept and until})
        return result

    def _inbound_secrets(self):
        """Plain verification secrets that are valid now, the new one first. Empty: nothing is let through."""
        self.ensure_one()
        found = [self._get_secret("secret_in")]
        # sudo: the encrypted columns are closed to every user; the server needs them to verify
        stored = self.sudo()
        if (
            stored.secret_in_prev_enc
            and self.secret_in_prev_until
            and (self.secret_in_prev_until > fields.Datetime.now())
        ):
            found.append(self._secret_box().decrypt(stored.secret_in_prev_enc))
        return [secret for secret in found if secret]

    @api.model
    def _from_inbound_slug(self, slug):
        """The system whose inbound address this is, or was and still may be; an empty record otherwise."""
        return self.search([("inbound_slug", "=", slug)], limit=1) or self.search(
            [("inbound_slug_prev", "=", slug), ("inbound_slug_prev_until", ">", fields.Datetime.now())], limit=1
        )

    # -- what people do ---------------------------------------------------------------------------------------

    def _rotate(self, signing=False, verification=False, address=False, hours=ROTATION_HOURS):
        """New secrets and address; the old ones stay valid for ``hours`` (0: are refused at once).

        :returns: {"secret_out", "secret_in"}: what was made, in plain, to be shown once
        :raises UserError: the overlap is longer than 7 days or negative
        """
        self.ensure_one()
        if not 0 <= hours <= LONGEST_HOURS:
            raise UserError(_("Overlap: between 0 hours and 7 days."))
        made = {}
        if signing:
            made["secret_out"] = generate_secret()
        if verification:
            made["secret_in"] = generate_secret()
        vals = dict(made)
        if address:
            now = fields.Datetime.now()
            vals.update(
                inbound_slug=secrets.token_urlsafe(18),
                inbound_slug_prev=self.inbound_slug if hours else False,
                inbound_slug_prev_until=fields.Datetime.add(now, hours=hours) if hours else False,
            )
        self.with_context(logistics_overlap_hours=hours).write(vals)
        what = [
            label
            for label, chosen in (
                (_("signing secret"), signing),
                (_("verification secret"), verification),
                (_("inbound address"), address),
            )
            if chosen
        ]
        self.message_post(
            body=_("New %(what)s. The old one is valid for %(hours)s hours more.", what=", ".join(what), hours=hours)
        )
        return made

    def action_rotate(self):
        """Ask what is to be changed and for how long the old one stays valid."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Rotate Secrets of %s", self.name),
            "res_model": "logistics.secret.rotate",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_system_id": self.id},
        }

    def action_end_overlap(self):
        """Old secrets and the old address are refused from now on."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for system in self:
            # sudo: the encrypted columns are closed to every user; the right to write was checked
            system.sudo().write(
                {
                    "secret_out_prev_enc": False,
                    "secret_out_prev_until": False,
                    "secret_in_prev_enc": False,
                    "secret_in_prev_until": False,
                    "inbound_slug_prev": False,
                    "inbound_slug_prev_until": False,
                }
            )
            system.message_post(body=_("The overlap was ended: old secrets and addresses are refused."))
        return True

    def action_rotate_inbound_address(self):
        """Give the partner a new inbound URL; the old one is refused from now on."""
        for system in self:
            system._rotate(address=True, hours=0)
        return True
