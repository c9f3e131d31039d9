"""Secrets that can be set but never read back: not in the UI, not over RPC, not in an export.

A model names its secrets in ``_secret_fields`` (``{"token": "token_enc"}``). The first field is what people write into
(it always reads empty), the second holds the encrypted text and is closed to everybody but the server itself. A class
that extends such a model names only the secrets it adds. Columns of encrypted texts end with ``_enc``.
"""

import os

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError

from ...relay.secretbox import SecretBox, SecretBoxError, load_key


class SecretMixin(models.AbstractModel):
    _name = "logistics.secret.mixin"
    _description = "Write-only Secrets"

    _secret_fields = {}

    @api.model
    def _secret_box(self):
        """The box of this installation: key from odoo.conf, the environment, else generated into ``data_dir``."""
        key = load_key(
            tools.config.get("logistics_secret_key"), os.environ.get("LOGISTICS_SECRET_KEY"), tools.config["data_dir"]
        )
        return SecretBox(key)

    def _secret_columns(self):
        """{name of a secret: column of its encrypted text}, of all classes this model is made of."""
        columns = {}
        for cls in reversed(type(self).__mro__):
            columns.update(vars(cls).get("_secret_fields", {}))
        return columns

    def _get_secret(self, name):
        """Plain text of one secret, or an empty string. For signing and verifying only, never for display."""
        self.ensure_one()
        # sudo: the encrypted columns are closed to every user; the server needs them to sign and verify
        encrypted = self.sudo()[self._secret_columns()[name]]
        return self._secret_box().decrypt(encrypted) if encrypted else ""

    def _seal(self, vals):
        """(values without secrets, encrypted columns) of ``vals``; an empty secret is left as it is stored."""
        vals, sealed = dict(vals), {}
        for name, column in self._secret_columns().items():
            plain = vals.pop(name, None)
            if plain:
                sealed[column] = self._secret_box().encrypt(plain.strip())
        return vals, sealed

    @api.model_create_multi
    def create(self, vals_list):
        split = [self._seal(vals) for vals in vals_list]
        records = super().create([vals for vals, _sealed in split])
        for record, (_vals, sealed) in zip(records, split, strict=True):
            if sealed:
                # sudo: whoever may create the record may set its secrets; the column itself is closed to everybody
                super(SecretMixin, record.sudo()).write(sealed)
        return records

    def write(self, vals):
        vals, sealed = self._seal(vals)
        result = super().write(vals)
        if sealed:
            # sudo: the right to write was checked just now; the column itself is closed to everybody
            super(SecretMixin, self.sudo()).write(sealed)
        return result

    def _compute_secret_blank(self):
        blank = [name for name, field in self._fields.items() if field.compute == "_compute_secret_blank"]
        for record in self:
            for name in blank:
                record[name] = False

    @staticmethod
    def _secret_field(string, kind=fields.Char, **kwargs):
        """A field people write a secret into; it reads empty for ever.

        :param kind: ``fields.Text`` for what has several lines
        """
        return kind(string=string, compute="_compute_secret_blank", readonly=False, store=False, copy=False, **kwargs)

    # -- a new key --------------------------------------------------------------------------------------------

    @api.model
    def _reencrypt_secrets(self):
        """Encrypt every stored secret of every model with the first key of ``logistics_secret_key``.

        After it, the other keys may be taken out of the setting. What was made with a key that is not there any more
        stays as it is.

        :returns: (number of secrets encrypted anew, display names of the records with unreadable ones)
        """
        box = self._secret_box()
        done, unreadable = 0, []
        for name in sorted(self.env.registry.descendants(["logistics.secret.mixin"], "_inherit")):
            model = self.env[name]
            columns = [column for column, field in model._fields.items() if column.endswith("_enc") and field.store]
            if model._abstract or not columns:
                continue
            # sudo: encrypted columns are closed to every user; all companies have the same key
            for record in model.sudo().with_context(active_test=False).search([]):
                try:
                    renewed = {column: box.renew(record[column]) for column in columns if record[column]}
                except SecretBoxError:
                    unreadable.append(record.display_name)
                    continue
                changed = {column: text for column, text in renewed.items() if text != record[column]}
                if changed:
                    record.write(changed)
                    done += len(changed)
        return done, unreadable

    @api.model
    def action_reencrypt_secrets(self):
        """For the server action: encrypt anew and say what came of it."""
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_integration_admin"):
            raise AccessError(_("Encrypting secrets anew is for Integration Administrators. Ask one of them."))
        done, unreadable = self._reencrypt_secrets()
        message = _("%(count)s secrets are now encrypted with the first key.", count=done)
        if unreadable:
            message += " " + _(
                "These have secrets made with a key that is missing; enter them again: %(names)s.",
                names=", ".join(unreadable),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "warning" if unreadable else "success", "sticky": bool(unreadable)},
        }
