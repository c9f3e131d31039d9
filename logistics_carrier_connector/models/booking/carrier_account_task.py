"""What a carrier without interface has to be told goes to it by mail, where the account has an address for that."""

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize, email_split


class CarrierAccountTask(models.Model):
    _inherit = "logistics.carrier.account"

    task_email = fields.Char(
        string="Mail Tasks To",
        help="The carrier's mail address for bookings, pickups and lists. It gets what a person would have to tell it; "
        "the to-do stays until the answer is entered.",
    )

    @api.constrains("task_email")
    def _check_task_email(self):
        for account in self.filtered("task_email"):
            if not all(map(email_normalize, email_split(account.task_email) or [""])):
                raise ValidationError(
                    _("Mail address %(mail)s of %(name)s is none.", mail=account.task_email, name=account.name)
                )

    def _mail_task(self, document, lines, attachments=()):
        """Queue a mail with a task to the carrier; returns the address, empty when none is set.

        It is sent by Odoo's mail queue, after the commit. A test account sends none: somebody would come for the goods.

        :param document: the booking, pickup or list the mail is about: it is kept there
        :param lines: what to tell, as texts
        """
        self.ensure_one()
        if not self.task_email or self.environment != "live":
            return ""
        template = self.env.ref("logistics_carrier_connector.mail_template_carrier_task", raise_if_not_found=False)
        if not template:
            return ""
        body = Markup("<br/>").join(lines)
        template.with_context(logistics_task=body).send_mail(
            self.id,
            email_values={
                "email_to": self.task_email,
                "model": document._name,
                "res_id": document.id,
                "email_from": document.company_id.email_formatted or self.env.user.email_formatted,
                "subject": f"{document.company_id.name}: {document.display_name}",
                "attachment_ids": [fields.Command.link(one.id) for one in attachments],
            },
        )
        return self.task_email
