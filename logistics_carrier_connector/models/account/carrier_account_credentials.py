"""Accounts with one of many carriers: which one, what it wants to know of us, which services it has.

What a carrier wants is asked of its package when the carrier is chosen. Without the package the account can be kept,
and says which one to install.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters


class CarrierAccountCredentials(models.Model):
    _inherit = "logistics.carrier.account"

    many_carriers = fields.Boolean(compute="_compute_adapter_kind", help="Whether the account says whom it is with.")
    needs_url = fields.Boolean(compute="_compute_adapter_kind", help="Whether an address to call has to be given.")
    carrier_code = fields.Selection(
        selection=lambda self: adapters.carrier_choices(),
        string="Carrier",
        tracking=True,
        help="Whose interface is called. Each carrier has a package of its own; one that is not installed can be "
        "chosen all the same, and the account says what is missing.",
    )
    credential_ids = fields.One2many("logistics.carrier.credential", "account_id", string="Credentials", copy=False)
    credentials_missing = fields.Boolean(compute="_compute_credentials_missing")
    package_missing = fields.Char(
        compute="_compute_package_missing", help="The command that installs what is needed to call this carrier."
    )

    @api.depends("adapter")
    def _compute_adapter_kind(self):
        for account in self:
            kind = adapters.adapter_class(account.adapter) if account.adapter else adapters.CarrierAdapter
            account.many_carriers = kind.many_carriers
            account.needs_url = kind.automatic and kind.needs_url

    @api.depends("credential_ids.state", "many_carriers")
    def _compute_credentials_missing(self):
        for account in self:
            states = account.credential_ids.mapped("state")
            account.credentials_missing = account.many_carriers and "missing" in states

    @api.depends("many_carriers", "carrier_code")
    def _compute_package_missing(self):
        for account in self:
            chosen = account.carrier_code if account.many_carriers else False
            account.package_missing = adapters.package_missing(chosen) if chosen else False

    @api.onchange("adapter")
    def _onchange_adapter(self):
        """The address means another thing to an account with one of many carriers: a carrier's own interface would
        be taken for a gateway, and the other way round. Back at the saved kind, the saved address is back."""
        saved = self._origin
        if saved and saved.many_carriers == self.many_carriers:
            self.base_url = self.base_url or saved.base_url
        else:
            self.base_url = False

    # -- what the carrier wants to know ---------------------------------------------------------------------------

    @api.model
    def _wanted_credentials(self, carrier_code):
        """Values of the credentials a carrier asks for, in order.

        :raises adapters.KarrioMissing: its package is not installed
        """
        return [
            {
                "name": wanted.name,
                "label": wanted.label,
                "required": wanted.required,
                "is_secret": wanted.secret,
                "sequence": number,
            }
            for number, wanted in enumerate(adapters.credentials(carrier_code), 1)
        ]

    @api.onchange("adapter", "carrier_code")
    def _onchange_carrier_code(self):
        """Show at once what the chosen carrier wants; what another one wanted goes."""
        if not self.many_carriers or not self.carrier_code:
            return None
        try:
            wanted = self._wanted_credentials(self.carrier_code)
        except adapters.KarrioMissing as error:
            return {"warning": {"title": _("The carrier's package is missing"), "message": str(error)}}
        names = {vals["name"] for vals in wanted}
        known = set(self.credential_ids.mapped("name"))
        surplus = self.credential_ids.filtered(lambda credential: credential.name not in names)
        self.credential_ids = [fields.Command.delete(credential.id) for credential in surplus] + [
            fields.Command.create(vals) for vals in wanted if vals["name"] not in known
        ]
        return None

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._ask_for_credentials()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if "carrier_code" in vals or "adapter" in vals:
            self._ask_for_credentials()
        return result

    def _ask_for_credentials(self):
        """Bring the list of credentials in line with what the carrier wants; what is known of them stays."""
        for account in self.filtered(lambda account: account.many_carriers and account.carrier_code):
            try:
                wanted = self._wanted_credentials(account.carrier_code)
            except adapters.KarrioMissing as error:
                account.message_post(body=str(error))
                continue
            names = {vals["name"] for vals in wanted}
            account.credential_ids.filtered(lambda credential, names=names: credential.name not in names).unlink()
            known = {credential.name: credential for credential in account.credential_ids}
            for vals in wanted:
                if vals["name"] not in known:
                    self.env["logistics.carrier.credential"].create({"account_id": account.id, **vals})

    # -- what a call needs ----------------------------------------------------------------------------------------

    def _carrier_adapter(self, adapter_class):
        """The adapter for an account with one of many carriers.

        :raises UserError: no carrier is chosen
        """
        if not self.carrier_code:
            raise UserError(_("Carrier account %(name)s: choose the carrier first.", name=self.name))
        settings = adapters.Settings(
            self.base_url or "",
            self._vocabulary(),
            self.label_format,
            carrier=self.carrier_code,
            credentials=self.credential_ids._plain(),
            test=self.environment == "test",
        )
        return adapter_class(settings, adapters.HttpClient("", timeout=self.timeout, resolve=self._resolver()))

    # -- buttons --------------------------------------------------------------------------------------------------

    def action_test_connection(self):
        """What the carrier wants to know is asked again where nothing is listed: its package may have come since."""
        if not self.credential_ids:
            self._ask_for_credentials()
        return super().action_test_connection()

    def action_propose_services(self):
        """Put the services the carrier's package knows into the service map; those that are there stay."""
        self.ensure_one()
        if not self.many_carriers or not self.carrier_code:
            raise UserError(_("Choose the carrier first."))
        try:
            services = adapters.services(self.carrier_code)
        except adapters.KarrioMissing as error:
            raise UserError(str(error)) from error
        codes, names = set(self.service_ids.mapped("code")), set(self.service_ids.mapped("name"))
        new = [
            {"account_id": self.id, "code": code, "name": name if name not in names else code, "sequence": 100}
            for code, name in services
            if code not in codes
        ]
        self.env["logistics.carrier.service"].create(new)
        return self._notify("success", _("%(count)s services added. Delete those you do not use.", count=len(new)))
