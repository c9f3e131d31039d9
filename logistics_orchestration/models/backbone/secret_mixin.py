"""Secrets that can be set but never read back: not in the UI, not over RPC, not in an export.

A model names its secrets in ``_secret_fields`` (``{"token": "token_enc"}``). The first field is what people write into
(it always reads empty), the second holds the encrypted text and is closed to everybody but the server itself.
"""

import os

from odoo import api, fields, models, tools

from ...relay.secretbox import SecretBox, load_key


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

    def _get_secret(self, name):
        """Plain text of one secret, or an empty string. For signing and verifying only, never for display."""
        self.ensure_one()
        # sudo: the encrypted columns are closed to every user; the server needs them to sign and verify
        encrypted = self.sudo()[self._secret_fields[name]]
        return self._secret_box().decrypt(encrypted) if encrypted else ""

    def _seal(self, vals):
        """(values without secrets, encrypted columns) of ``vals``; an empty secret is left as it is stored."""
        vals, sealed = dict(vals), {}
        for name, column in self._secret_fields.items():
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
        for record in self:
            for name in self._secret_fields:
                record[name] = False

    @staticmethod
    def _secret_field(string, **kwargs):
        """A field people write a secret into; it reads empty for ever."""
        return fields.Char(
            string=string, compute="_compute_secret_blank", readonly=False, store=False, copy=False, **kwargs
        )
