"""What a pickup and a manifest share: asked for by intent, carried out by a worker, at most once per reference.

As with bookings (``carrier_call``): the wish is committed, the call is made outside any transaction, and after a reply
that was lost the carrier is asked for our reference before it is asked again. Where the carrier has no interface for
it, the wish is a to-do (and a mail) and a person enters the answer.
"""

import secrets

from markupsafe import Markup, escape

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.backbone.record_link import open_form

from ... import adapters
from .handover_states import TRANSITIONS

STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("done", "Confirmed"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
# Changed by the buttons and the worker only, never from outside.
_GUARDED = {
    "state", "todo", "in_doubt", "carrier_ref", "done_at", "done_by_hand", "error", "reference", "claim_token",
    "lease_until", "call_count", "attempt_count", "next_attempt_at", "attachment_id", "planned_at", "told_count",
}  # fmt: skip
_MOVES = {(old, new) for old, new, _who, _event in TRANSITIONS}


class CarrierHandover(models.AbstractModel):
    _name = "logistics.carrier.handover"
    _description = "Hand-over to a Carrier"
    _inherit = ["logistics.carrier.call", "mail.thread", "mail.activity.mixin"]
    _order = "day desc, id desc"
    _check_company_auto = True
    # For the model to set: what adapters call it, its sequence.
    _ability = ""
    _sequence_code = ""

    name = fields.Char(required=True, readonly=True, copy=False, default="/", index="trigram")
    reference = fields.Char(required=True, readonly=True, copy=False, help="Ours: the same in every try.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, readonly=True)
    account_id = fields.Many2one(
        "logistics.carrier.account", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, ondelete="restrict", check_company=True, tracking=True
    )
    environment = fields.Selection(related="account_id.environment")
    user_id = fields.Many2one("res.users", string="Responsible", default=lambda self: self.env.user)
    day = fields.Date(required=True, default=fields.Date.context_today, index=True, tracking=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False, tracking=True, index=True
    )
    todo = fields.Selection(
        [("request", "Request"), ("cancel", "Cancel")], string="Next Step", readonly=True, copy=False
    )
    by_hand = fields.Boolean(compute="_compute_by_hand", help="This carrier is not asked over an interface for it.")
    in_doubt = fields.Boolean(readonly=True, copy=False, help="A request may have reached the carrier.")
    carrier_ref = fields.Char(string="Carrier's Reference", readonly=True, copy=False, tracking=True)
    done_at = fields.Datetime(string="Confirmed On", readonly=True, copy=False)
    done_by_hand = fields.Boolean(string="Confirmed by Hand", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)

    @api.depends("account_id.adapter", "account_id.vocabulary")
    def _compute_by_hand(self):
        for one in self:
            account = one.account_id.sudo()  # sudo: planners see how they are served, not the account
            one.by_hand = bool(account) and not account._able(self._ability)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_guarded(vals)
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            # sudo: numbering, whoever asks
            name = self.env["ir.sequence"].sudo().with_company(company).next_by_code(self._sequence_code)
            vals.update(name=name, reference=f"{name.replace('/', '-')}-{secrets.token_hex(3).upper()}")
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_guarded(vals)
        return super().write(vals)

    def _refuse_guarded(self, vals):
        if not self.env.su and (told := _GUARDED & vals.keys()):
            label = self._fields[min(told)]._description_string(self.env)
            raise UserError(_("%(field)s is set by the buttons and by the worker only.", field=label))

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        for one in self:
            if one.state != "draft":
                raise UserError(_("%(name)s was asked for: cancel it instead of deleting it.", name=one.name))

    def _move(self, state, **vals):
        for one in self:
            if one.state != state and (one.state, state) not in _MOVES:
                states = dict(one._fields["state"]._description_selection(one.env))
                raise UserError(
                    _("%(name)s is %(old)s and cannot become %(new)s.", name=one.name, old=states[one.state],
                      new=states[state])
                )  # fmt: skip
        self.write({**vals, "state": state})

    def _check_may_act(self):
        """Planners press the buttons; the code writes what nobody may write directly."""
        if not self.env.su:
            self.check_access_rights("write")
            self.check_access_rule("write")

    # -- asking -------------------------------------------------------------------------------------------------------

    def action_request(self):
        """Ask the carrier, right after the commit; or leave the task to a person where it has no interface for it."""
        self._check_may_act()
        for one in self.sudo():  # sudo: fields only the buttons and the worker set
            one._check_request()
            todo = False if one.by_hand else "request"
            one._move("requested", todo=todo, error=False, attempt_count=0, next_attempt_at=fields.Datetime.now())
            if one.by_hand:
                one._tell_person()
        self._wake()
        return True

    action_retry = action_request

    def _check_request(self):
        """Say why it cannot be asked for; for the model."""
        if not self._logistics_on():
            raise UserError(
                _(
                    "Carrier booking only observes for warehouse %(warehouse)s, so no carrier is asked. Switch it to "
                    "Enforce under Logistics > Configuration.",
                    warehouse=self.warehouse_id.name,
                )
            )

    def _logistics_on(self):
        """Whether carriers are asked for this warehouse at all."""
        switch = self.env["logistics.switch"].sudo()  # sudo: the switch counts for whoever asks
        return switch._is_enforced("carrier", self.company_id, self.warehouse_id)

    def _tell_person(self):
        """A task with all the carrier has to be told, by mail too where there is an address."""
        account = self.account_id.sudo()  # sudo: planners do not open accounts
        lines = self._instructions()
        mailed = account._mail_task(self, lines)
        if mailed:
            lines = [*lines, _("Sent by mail to %(address)s.", address=mailed)]
        self._tell(self._hand_summary(), Markup("<br/>").join(lines))

    def _tell(self, summary, note):
        owner = self.user_id or self.create_uid
        self.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=escape(note), user_id=owner.id)

    def _hand_summary(self):
        # sudo: the name of the account, nothing of it
        return _("Tell %(carrier)s: %(name)s", carrier=self.account_id.sudo().name, name=self.name)

    def _instructions(self):
        """What the carrier has to be told, as lines; for the model."""
        raise NotImplementedError(self._name)

    def action_ask_by_hand(self):
        """Ask what the carrier answered, then note it."""
        return self.env["logistics.reason.wizard"]._ask(
            self, "action_by_hand", _("The carrier's reference, or who confirmed it")
        )

    def action_by_hand(self, reason=""):
        """A person agreed it with the carrier.

        :param str reason: the carrier's reference, or who confirmed it
        """
        self._check_may_act()
        for one in self.sudo():  # sudo: see action_request
            if one.lease_until and one.lease_until > fields.Datetime.now():
                raise UserError(_("%(name)s is being asked for at this moment.", name=one.name))
            if one.state == "draft":
                one._check_request()
                one._move("requested")
            one._done(reason, by_hand=True)
        return True

    def _done(self, carrier_ref, by_hand=False, **vals):
        """The carrier (or a person) confirmed."""
        self._move("done", todo=False, carrier_ref=carrier_ref or False, done_at=fields.Datetime.now(),
                   done_by_hand=by_hand, error=False, **vals)  # fmt: skip
        self.sudo().activity_ids.action_feedback(feedback=carrier_ref or "")  # sudo: to-dos may be somebody else's

    # -- the worker ---------------------------------------------------------------------------------------------------

    def _work_domain(self):
        return [("todo", "!=", False), *super()._work_domain()]

    def _call_account(self):
        # sudo: the worker calls with the account, whoever asked
        return self.account_id.sudo()

    def _call_prepare(self):
        memo = (self.todo, self.in_doubt)
        return getattr(self, f"_prepare_{self.todo}")(), memo

    def _call_done(self, result, memo):
        self.write({"attempt_count": 0, "last_error": False, "in_doubt": False})
        getattr(self, f"_done_{memo[0]}")(result)

    def _call_unanswered(self, error, memo):
        todo, in_doubt = memo
        if todo == "request":
            self.write({"in_doubt": in_doubt or error.maybe_done})

    def _call_refused(self, error, memo):
        todo, in_doubt = memo or (self.todo, self.in_doubt)
        if todo == "request":
            self.write({"in_doubt": in_doubt})
        self._give_up(todo, str(error))

    def _work_dead(self, error):
        self._give_up(self.todo, error)

    def _give_up(self, todo, error):
        """A person takes over."""
        if todo == "request":
            self._move("failed", todo=False, error=error)
            note = error
            if self.in_doubt:
                note = _("%(error)s The carrier may know of it all the same: ask for %(ref)s.", error=error,
                         ref=self.reference)  # fmt: skip
            self._tell(_("%(name)s failed: correct and retry, or agree it by hand", name=self.name), note)
        else:
            self.write({"todo": False, "error": error})
            self._tell(_("Call %(name)s off by hand", name=self.name), error)

    def _once(self, find, act):
        """Function that asks at most once under our reference; noted before it is called, see ``carrier_call``."""
        reference, first_try = self.reference, not self.in_doubt
        self.write({"in_doubt": True})
        return lambda: adapters.ask_once(find, act, reference, first_try)

    def _sender(self):
        """The warehouse's address as the adapters know it."""
        partner = self.warehouse_id.partner_id or self.company_id.partner_id
        return self.env["logistics.shipment"]._plain_address(partner.sudo())  # sudo: an own address

    def _open(self, name):
        """One as its form, more as a list."""
        if len(self) == 1:
            return open_form(self)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "domain": [("id", "in", self.ids)],
            "views": [[False, "tree"], [False, "form"]],
        }
