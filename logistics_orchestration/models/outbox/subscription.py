"""Who is told what: a system and the event types it wants, with a condition if need be."""

import json

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay.mapping import (
    MappingError,
    compile_shape,
    document_of,
    dump,
    known,
    parse_field_list,
    parse_mapping,
    sources,
)
from ...relay.matching import DomainError, compile_domain
from ...relay.url_guard import UrlRefused, parse_url


class Subscription(models.Model):
    _name = "logistics.subscription"
    _description = "Subscription"
    _order = "system_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="What the partner uses it for, e.g. Work orders.")
    system_id = fields.Many2one("logistics.system", required=True, ondelete="restrict", index=True)
    event_type_ids = fields.Many2many(
        "logistics.event.type",
        "logistics_subscription_event_type_rel",
        "subscription_id",
        "event_type_id",
        string="Event Types",
    )
    domain = fields.Char(
        default="[]",
        help="Only events that match, e.g. [('data.amount_total', '>', 1000)]. Paths lead through the event's envelope "
        "and its data; through a list, one match is enough.",
    )
    url = fields.Char(string="Own URL", help="Used instead of the system's URL, e.g. one per n8n workflow.")
    field_list = fields.Text(
        help="What of the data this partner gets: one path per line (order, consignee.city, lines[].sku). Empty: "
        "everything that is not personal."
    )
    payload_mapping = fields.Text(
        string="Mapping",
        help='Posted instead of the envelope, as JSON: target path to source path, or {"const": value}.',
    )
    payload_format = fields.Selection(
        [("envelope", "The event"), ("document", "The document, where the event carries one (X12, EDIFACT)")],
        string="Sent As",
        default="envelope",
        required=True,
        help="The document: its text is posted as it is, and the Content-Type says what it is.",
    )
    is_shaped = fields.Boolean(compute="_compute_preview", string="Gets a Form of Its Own")
    preview = fields.Text(compute="_compute_preview", string="What This Partner Gets")
    left_out = fields.Char(compute="_compute_preview", string="Left Out As Personal")
    active = fields.Boolean(default=True, help="Switched off: what it is owed is held, and goes on when switched on.")
    disabled_reason = fields.Char(readonly=True, copy=False)
    disabled_at = fields.Datetime(readonly=True, copy=False)
    company_id = fields.Many2one(related="system_id.company_id", store=True)
    target_url = fields.Char(string="Sent To", compute="_compute_target_url")
    waiting_count = fields.Integer(compute="_compute_counts", string="Waiting")
    held_count = fields.Integer(compute="_compute_counts", string="Held")
    dead_count = fields.Integer(compute="_compute_counts", string="Dead")

    @api.depends("url", "system_id.outbound_url")
    def _compute_target_url(self):
        for subscription in self:
            subscription.target_url = subscription.url or subscription.system_id.outbound_url

    def _compute_counts(self):
        counts = {
            (subscription.id, state): count
            for subscription, state, count in self.env["logistics.outbox.message"]._read_group(
                [("subscription_id", "in", self.ids), ("state", "in", ("pending", "sending", "held", "dead"))],
                ["subscription_id", "state"],
                ["__count"],
            )
        }
        for subscription in self:
            count = {state: counts.get((subscription.id, state), 0) for state in ("pending", "sending", "held", "dead")}
            subscription.waiting_count = count["pending"] + count["sending"]
            subscription.held_count = count["held"]
            subscription.dead_count = count["dead"]

    @api.constrains("domain")
    def _check_domain(self):
        for subscription in self:
            try:
                test = compile_domain(subscription.domain)
                if test:
                    for event_type in subscription.event_type_ids:
                        test({"type": event_type.name, "data": json.loads(event_type.example or "{}")})
            except DomainError as error:
                raise ValidationError(
                    _("Domain of subscription %(name)s: %(error)s", name=subscription.name, error=error)
                ) from error

    @api.constrains("field_list", "payload_mapping", "event_type_ids", "system_id")
    def _check_shape(self):
        for subscription in self:
            try:
                allowed = parse_field_list(subscription.field_list)
                rules = parse_mapping(subscription.payload_mapping)
                subscription._check_paths(allowed, rules)
            except MappingError as error:
                raise ValidationError(
                    _("Subscription %(name)s: %(error)s", name=subscription.name, error=error)
                ) from error

    def _check_paths(self, allowed, rules):
        """Refuse paths that lead nowhere, in the types' schemas and in their examples.

        :raises MappingError: naming path and type
        """
        self.ensure_one()
        types = [(t.name, json.loads(t.schema), json.loads(t.example), t) for t in self.event_type_ids]
        for path in allowed or ():
            if types and not any(known(path, schema, example) for _name, schema, example, _type in types):
                raise MappingError(_("none of its event types has the field %(path)s.", path=".".join(path)))
        for path in sources(rules):
            for name, schema, example, event_type in types:
                if not known(path, schema, example):
                    raise MappingError(_("%(type)s has no field %(path)s to map from.", type=name, path=".".join(path)))
                kept = not allowed or any(path[: len(one)] == one or one[: len(path)] == path for one in allowed)
                hidden = [one for one in self._hidden_paths(event_type, allowed) if path[: len(one)] == one]
                if not kept or hidden:
                    raise MappingError(
                        _(
                            "%(path)s of %(type)s is mapped but left out: add it to the field list.",
                            type=name,
                            path=".".join(path),
                        )
                    )

    def _hidden_paths(self, event_type, allowed):
        """Personal paths of a type that this partner does not get."""
        if self.system_id.personal_data:
            return []
        personal = parse_field_list(event_type.personal_paths) or ()
        return [path for path in personal if not any(one[: len(path)] == path for one in allowed or ())]

    def _shaper(self, event_type):
        """A function ``envelope dict -> JSON text`` for events of a type; None where they are sent as they are.

        The relay makes the same one from the same texts (relay/shaping.py).
        """
        self.ensure_one()
        personal = None if self.system_id.personal_data else event_type.personal_paths
        return compile_shape(self.field_list, self.payload_mapping, personal)

    def _payload_for(self, event):
        """JSON text of what this partner gets of an event, all of it however large."""
        body = event.full_body or event.body
        shaper = self._shaper(event.type_id)
        if self.payload_format == "document" and (document := document_of(json.loads(body))):
            return document
        return shaper(json.loads(body)) if shaper else body

    @api.depends("field_list", "payload_mapping", "event_type_ids", "system_id.personal_data")
    def _compute_preview(self):
        for subscription in self:
            event_type = subscription.event_type_ids[:1]
            try:
                allowed = parse_field_list(subscription.field_list)
                shapers = [subscription._shaper(one) for one in subscription.event_type_ids]
                sample = json.loads(event_type._example_envelope()) if event_type else None
                made = shapers[0](sample) if sample and shapers[0] else sample and dump(sample)
                hidden = {
                    path for one in subscription.event_type_ids for path in subscription._hidden_paths(one, allowed)
                }
            except MappingError as error:
                subscription.update({"preview": str(error), "is_shaped": True, "left_out": False})
                continue
            subscription.is_shaped = any(shapers)
            subscription.preview = made and json.dumps(json.loads(made), indent=2, ensure_ascii=False)
            subscription.left_out = ", ".join(sorted(".".join(path) for path in hidden))

    @api.constrains("url", "system_id")
    def _check_url(self):
        for subscription in self.filtered("url"):
            try:
                parse_url(subscription.url, subscription.system_id.allow_http)
            except UrlRefused as error:
                raise ValidationError(
                    _("Own URL of subscription %(name)s: %(error)s.", name=subscription.name, error=error)
                ) from error

    @api.constrains("system_id")
    def _check_owed(self):
        """Moving a subscription would send what is owed to one partner to another."""
        for subscription in self:
            outbox = self.env["logistics.outbox.message"].sudo()  # sudo: messages of other companies count too
            moved = outbox.search(
                [("subscription_id", "=", subscription.id), ("system_id", "!=", subscription.system_id.id)], limit=1
            )
            if moved:
                raise ValidationError(
                    _(
                        "Subscription %(name)s has messages for %(system)s already. Make a new subscription instead.",
                        name=subscription.name,
                        system=moved.system_id.name,
                    )
                )

    def write(self, vals):
        switched = self.filtered(lambda s: s.active != vals["active"]) if "active" in vals else self.browse()
        if switched:
            vals = dict(vals, disabled_reason=False, disabled_at=False)
            if not vals["active"]:
                reason = _("Switched off by %s", self.env.user.name)
                vals.update(disabled_reason=reason, disabled_at=fields.Datetime.now())
        result = super().write(vals)
        if switched:
            # The router holds what is owed, or frees what is held, after the commit: it may be very many rows.
            self.env["logistics.outbox.pointer"]._leave_hold([] if vals["active"] else switched.ids)
        return result

    def action_open_messages(self):
        """What this subscription was sent and is owed."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_outbox_message")
        return dict(action, domain=[("subscription_id", "in", self.ids)], context={})
