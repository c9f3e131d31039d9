"""A document whose facts become events.

Business models take this mixin on; capabilities override its hooks per document. The effects at the end are what the
server-action types do: each has a sensible default here (somebody is told), better ones live with the document that
knows better, or in the addon that adds the capability.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError


class Source(models.AbstractModel):
    _name = "logistics.source"
    _description = "Document with Logistics Events"

    # -- facts ------------------------------------------------------------------------------------------------

    def _logistics_emit(self, type_name, data=None, certainty="actual", occurred_at=None, source=None):
        """Record one fact per record; see ``logistics.event._emit``. Returns the uids."""
        emit = self.env["logistics.event"]._emit
        return [
            emit(
                type_name,
                record,
                record._logistics_data(type_name) if data is None else data,
                certainty=certainty,
                occurred_at=occurred_at,
                source=source,
            )
            for record in self
        ]

    def _logistics_data(self, type_name):
        """What partners are told about this record; thin: references, quantities, amounts. Override."""
        self.ensure_one()
        return {"id": self.id, "name": self.display_name}

    def _logistics_root(self):
        """The document whose facts are told in order with this one's; override."""
        return self

    def _logistics_scope(self):
        """Company, warehouse and customer whose switches and rules count; override."""
        company = self.company_id if "company_id" in self._fields else self.env.company
        return {"company": company or self.env.company, "warehouse": None, "partner": None}

    def _logistics_subject(self):
        """The reference people know the record by."""
        return self.display_name

    # -- what others say --------------------------------------------------------------------------------------

    def _logistics_compare_statement(self, fact, value, message):
        """What Odoo holds against what a system says that does not own ``fact``; override per document.

        :param str fact: event type without prefix
        :param dict value: what is said
        :param message: the logistics.inbox.message
        :returns: list of ``Difference``, one per point that can be compared (also those that agree)
        """
        return []

    def _logistics_accept_statement(self, fact, value):
        """A person accepts what was said: apply it in a way of this document's own; override where there is one.

        :returns: True when it was applied; False: the message's handler is run as if its sender owned the fact
        """
        return False

    # -- observe or enforce -----------------------------------------------------------------------------------

    def _logistics_enforced(self, capability):
        """Whether ``capability`` may act on this record."""
        self.ensure_one()
        scope = self._logistics_scope()
        return self.env["logistics.switch"]._is_enforced(
            capability, scope["company"], scope.get("warehouse"), scope.get("partner")
        )

    def _logistics_observe(self, capability, summary, amount=0.0):
        """Note what would have been done to this record.

        :param float amount: value concerned, in the company's currency
        """
        self.ensure_one()
        observations = self.env["logistics.observation"].sudo()  # sudo: the note is ours, whoever acts
        return observations.create(
            {
                "capability": capability,
                "summary": summary,
                "res_model": self._name,
                "res_id": self.id,
                "record_name": self._logistics_subject(),
                "amount": amount,
                "event_uid": (self.env.context.get("logistics_event") or {}).get("uid"),
                "company_id": self._logistics_scope()["company"].id,
            }
        )

    def _logistics_observe_action(self, state, capability, label):
        """Note what a server action would have done here; override where more can be told than the action's name.

        :param str state: the action's type, as ``logistics_book``
        """
        self._logistics_observe(capability, label)

    # -- events of this record --------------------------------------------------------------------------------

    def _logistics_key(self):
        root = self._logistics_root()
        return f"{root._name}/{root.id}"

    def _get_logistics_events(self):
        """Every event of the flow this record belongs to, newest first."""
        return self.env["logistics.event"].search([("ordering_key", "in", [r._logistics_key() for r in self])])

    def action_logistics_events(self):
        """Smart button: the events of this flow."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_event")
        return dict(action, domain=[("ordering_key", "in", [r._logistics_key() for r in self])], context={})

    def action_logistics_messages(self):
        """Smart button: the deliveries of this flow's events to partners."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_outbox_message")
        return dict(action, domain=[("ordering_key", "in", [r._logistics_key() for r in self])], context={})

    def _logistics_void(self, type_names, reason, root=False):
        """The purpose of these events is gone: what is still owed of them is cancelled in this transaction.

        :param list type_names: full names of event types
        :param str reason: kept on the cancelled messages
        :param bool root: those about every document of the same root, not only about these records
        :returns: True when a message has left already or is under way, so the caller has to take it back
        """
        events = self._logistics_voidable(type_names, root)
        # sudo: whoever ships by hand makes the message void, also without rights on the outbox
        return bool(events) and self.env["logistics.outbox.message"].sudo()._void_events(events.ids, reason)

    def _logistics_voidable(self, type_names, root=False):
        """Facts of these types that were told so far, about these records or about their roots' documents."""
        if self.env["logistics.event"]._is_pending(type_names):
            self.env.cr.flush()  # events of this very transaction count too
        if root:
            about = [("ordering_key", "in", [record._logistics_key() for record in self])]
        else:
            about = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        # sudo: see _logistics_void
        return self.env["logistics.event"].sudo().search([*about, ("type_name", "in", type_names)], order="id")

    def _logistics_void_by(self, type_name, voided, scope):
        """A fact of ``type_name`` was told, which makes those of type ``voided`` void (see the event type).

        :param str scope: "record" or "root"
        """
        self.ensure_one()
        events = self._logistics_voidable([voided], scope == "root")
        if not events:
            return
        # sudo: see _logistics_void
        outbox = self.env["logistics.outbox.message"].sudo()
        reason = _("Overtaken by %(type)s", type=type_name)
        if not outbox._void_events(events.ids, reason):
            return
        for event in events:
            record = self.env[event.res_model].browse(event.res_id).exists()
            if record and outbox._void_events(event.ids, reason):
                record._logistics_voided(voided, event)

    def _logistics_voided(self, type_name, under_way):
        """A fact about this record is void, but a partner has it or is being told: override to take it back.

        :param str type_name: the void type
        :param under_way: the logistics.event that has left
        """

    def _logistics_activity(self, summary, note="", user=None, deadline=None):
        """Put a to-do on the record, or on its root where it takes none; once while one of that name is open."""
        self.ensure_one()
        record = next((r for r in (self, self._logistics_root()) if "activity_ids" in r._fields), None)
        if record is None:
            raise UserError(
                _("%(name)s takes no activities. Choose a rule on a document that does.", name=self.display_name)
            )
        # sudo: a to-do for somebody else, whoever acts
        record = record.sudo()
        if record.activity_ids.filtered(lambda a: a.summary == summary):
            return record.activity_ids.filtered(lambda a: a.summary == summary)[:1]
        owner = user or ("user_id" in record._fields and record.user_id) or self.env.user
        if owner.share or not owner.active or owner._is_superuser():
            owner = self.env.ref("base.user_admin")
        return record.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=deadline or fields.Date.context_today(self),
            summary=summary,
            note=note,
            user_id=owner.id,
        )

    # -- effects of the server-action types -------------------------------------------------------------------

    def _logistics_place_hold(self, hold_type, reason):
        """Place a hold of ``hold_type``; documents that cannot be held get a to-do."""
        return self._logistics_activity(_("Hold: %(type)s", type=hold_type.display_name), reason)

    def _logistics_request_approval(self, kind, reason="", vals=None):
        """Ask for a decision of ``kind``; without the approvals app a to-do asks a person."""
        return self._logistics_activity(_("Decide: %(kind)s", kind=kind.replace("_", " ")), reason)

    def _logistics_open_case(self, code, summary="", vals=None):
        """Open an exception case; without the exceptions app a to-do asks a person to look."""
        return self._logistics_activity(_("Look into: %(code)s", code=(code or "exception").replace("_", " ")), summary)

    def action_logistics_evaluate(self):
        """Evaluate the release of this document; override where there is something to release."""
        raise UserError(_("%(name)s is nothing that is released.", name=self.display_name))

    def _logistics_request_fulfillment(self):
        """Ask the warehouse to fulfil this document; override where there is something to fulfil."""
        return self._logistics_activity(_("Ask the warehouse by hand"))

    def _logistics_book_carrier(self):
        """Book the carrier; without a carrier connector a person books it by hand."""
        return self._logistics_activity(_("Book the carrier by hand"))

    def _logistics_release_invoice(self):
        """Create and post the invoice; override where there is something to bill."""
        return self._logistics_activity(_("Invoice by hand"))
