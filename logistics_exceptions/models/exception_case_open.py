"""How a case opens: once per trouble, with everything on it that follows from its document and its type."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import OPEN

# What a carrier's scan tells of trouble.
DETECTED = "logistics.shipment.exception_detected"


class ExceptionCase(models.Model):
    _inherit = "logistics.exception"

    @api.model
    def _open(self, subject, case_type, title="", vals=None):
        """Open a case about ``subject``, or note a repeat on the one that is not closed yet.

        :param subject: one record of a logistics.source model
        :param case_type: logistics.exception.type
        :param str title: short words; the type's name and the document when empty
        :param dict vals: further values of a new case
        :returns: the case
        """
        subject.ensure_one()
        company = subject._logistics_scope()["company"]
        # one at a time per trouble; what slips through a stale snapshot meets the unique index and is tried again
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"logistics.exception/{company.id}/{case_type.id}/{subject._name}/{subject.id}"],
        )
        known = self.search(
            [
                ("company_id", "=", company.id),
                ("type_id", "=", case_type.id),
                ("subject_model", "=", subject._name),
                ("subject_id", "=", subject.id),
                ("state", "in", (*OPEN, "resolved")),
                ("ended_by_itself", "=", False),
            ],
            order="is_open desc, id desc",
            limit=1,
        )
        if known:
            known._note_repeat(title, vals)
            return known
        event = self.env.context.get("logistics_event") or {}
        return self.with_context(mail_create_nosubscribe=True).create(
            {
                "subject_model": subject._name,
                "subject_id": subject.id,
                "type_id": case_type.id,
                "company_id": company.id,
                "title": title or f"{case_type.name}: {subject._logistics_subject()}",
                "event_uid": event.get("uid"),
                "exception_code": (event.get("data") or {}).get("exception_code"),
                **(vals or {}),
            }
        )

    def _note_repeat(self, title="", vals=None):
        """The same trouble was told again: count it, say so, and go back to work if it was thought to be over."""
        self.ensure_one()
        told = {"repeat_count": self.repeat_count + 1, "last_repeat_at": fields.Datetime.now()}
        if (self.env.context.get("logistics_event") or {}).get("type") != DETECTED:
            told["told_otherwise"] = True
        self.write(told)
        words = title or (vals or {}).get("description") or self.type_id.name
        self.message_post(body=_("Told again: %(words)s", words=words))
        if self.state == "resolved":
            self.action_reopen(reason=_("The same trouble was told again."))
        else:
            self._logistics_emit("logistics.exception.updated")

    @api.model_create_multi
    def create(self, vals_list):
        """Number the case, complete it from its document and its type, lay out the playbook, tell that it is open."""
        for vals in vals_list:
            self._complete_vals(vals)
        with self.env["logistics.event"]._business_call():
            cases = super().create(vals_list)
            for case in cases:
                steps = case.type_id.playbook_id.step_ids
                case.action_ids = [fields.Command.create(step._prepare_action_vals()) for step in steps]
                case._logistics_emit("logistics.exception.opened")
                case._ask_owner()
        return cases

    def _complete_vals(self, vals):
        """Fill in what follows from document and type, where nothing was given."""
        if vals.get("subject_ref"):
            field = self._fields["subject_ref"]
            chosen = field.convert_to_record(field.convert_to_cache(vals.pop("subject_ref"), self), self)
            if chosen:
                vals.update(subject_model=chosen._name, subject_id=chosen.id)
        model, res_id = vals.get("subject_model"), vals.get("subject_id")
        if model not in dict(self._selection_subject()):
            raise UserError(
                _("About: choose the document the case is about (not %(model)s).", model=model or _("nothing"))
            )
        subject = self.env[model].browse(res_id)
        if not subject.exists():
            raise UserError(_("About: %(model)s %(id)s does not exist.", model=model, id=res_id))
        subject.check_access_rights("read")
        subject.check_access_rule("read")
        case_type = self.env["logistics.exception.type"].browse(vals.get("type_id"))
        if not case_type:
            raise UserError(_("Type: choose what kind of exception it is."))
        # sudo: connects the case with what belongs to a document the user may read; only references are taken
        context = subject.sudo()._logistics_case_context()
        company = self.env["res.company"].browse(vals.get("company_id")) or context["company_id"]
        self._refuse_twin(company, case_type, model, res_id)
        now = fields.Datetime.now()
        defaults = {
            **{key: record.id for key, record in context.items() if key != "amount" and record},
            "subject_name": subject._logistics_subject(),
            "title": f"{case_type.name}: {subject._logistics_subject()}",
            "money_at_risk": context["amount"],
            "owner_id": self._first_owner(case_type, company).id,
            "group_id": case_type.group_id.id,
        }
        defaults["due_at"] = case_type._deadline(company, now)
        if case_type.claim_days:
            defaults["claim_before"] = fields.Date.add(now.date(), days=case_type.claim_days)
        vals["company_id"] = company.id
        for key, value in defaults.items():
            if not vals.get(key):
                vals[key] = value
        if vals.get("name", _("New")) == _("New"):
            sequence = self.env["ir.sequence"].with_company(vals["company_id"])
            vals["name"] = sequence.next_by_code("logistics.exception")

    @api.model
    def _first_owner(self, case_type, company):
        """Who gets a new case: the type's owner, else whoever of its team has the fewest open cases.

        A case nobody owns is a case nobody works on; whoever gets it wrongly passes it on.
        """
        if case_type.user_id.active:
            return case_type.user_id
        group = case_type.sudo().group_id  # sudo: who is in the team, whoever opens the case
        members = group.users.filtered(lambda user: user.active and not user.share and company in user.company_ids)
        cases = self.sudo()  # sudo: how much each has to do, not what
        busy = dict(
            cases._read_group([("state", "in", OPEN), ("owner_id", "in", members.ids)], ["owner_id"], ["__count"])
        )
        return members.sorted(lambda user: (busy.get(user, 0), user.id))[:1].with_env(self.env)

    @api.model
    def _refuse_twin(self, company, case_type, model, res_id, but=None):
        """One open case per type and document: name the one there is.

        :raises UserError: there is one already
        """
        twin = self.search(
            [
                ("company_id", "=", company.id),
                ("type_id", "=", case_type.id),
                ("subject_model", "=", model),
                ("subject_id", "=", res_id),
                ("is_open", "=", True),
                ("id", "not in", but.ids if but else []),
            ],
            limit=1,
        )
        if twin:
            raise UserError(
                _("%(case)s is open for this document and type already. Work on that one, or choose another type.",
                  case=twin.display_name)
            )  # fmt: skip
