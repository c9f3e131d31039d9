"""What the default playbooks' server actions do on a case. Each may be run again after it failed."""

from odoo import _, fields, models
from odoo.exceptions import UserError


class ExceptionCase(models.Model):
    _inherit = "logistics.exception"

    def _start_claim_clock(self):
        """Put the last day to file a claim on the owner's to-do list.

        :raises UserError: the type has no claim window
        """
        self.ensure_one()
        if not self.claim_before:
            days = self.type_id.claim_days
            if not days:
                raise UserError(
                    _(
                        "%(type)s has no claim window. Set it on the exception type, or skip the step.",
                        type=self.type_id.name,
                    )
                )
            self.claim_before = fields.Date.add(self.create_date.date(), days=days)
        self._logistics_activity(
            _("File the claim: %(title)s", title=self.title),
            _("The window closes on %(day)s.", day=self.claim_before),
            user=self.owner_id,
            deadline=self.claim_before,
        )

    def _tell_customer(self):
        """Write to the customer by the template "damaged", on the case's own thread.

        :raises UserError: nobody to write to, or no address
        """
        self.ensure_one()
        partner = self.order_id.partner_id or self.partner_id
        if not partner.email:
            raise UserError(
                _("%(name)s has no e-mail address. Add it and run the step again, or call and mark it done.",
                  name=partner.display_name or _("The customer"))
            )  # fmt: skip
        template = self.env.ref("logistics_exceptions.mail_template_damaged", raise_if_not_found=False)
        if not template:
            raise UserError(_("The mail template for damaged goods was deleted. Write by hand and mark the step done."))
        self.message_post_with_source(template, subtype_xmlid="mail.mt_comment", partner_ids=partner.ids)
