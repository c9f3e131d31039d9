"""What led to what: the causes of an event as a tree, and the whole flow it belongs to."""

from markupsafe import Markup

from odoo import _, api, fields, models

# A tree larger than this is no picture any more; the list of the flow shows everything.
TREE_LIMIT = 300


class EventFlow(models.Model):
    _inherit = "logistics.event"

    cause_id = fields.Many2one("logistics.event", string="Caused By", compute="_compute_causes")
    effect_ids = fields.Many2many("logistics.event", string="Led To", compute="_compute_causes")
    effect_count = fields.Integer(string="Effects", compute="_compute_causes")
    flow_count = fields.Integer(string="Whole Flow", compute="_compute_flow_count")
    tree = fields.Html(string="Causes", compute="_compute_tree", sanitize=False)

    @api.depends("uid", "causation_uid", "origin_uid")
    def _compute_causes(self):
        causes = self.search([("uid", "in", [event.causation_uid for event in self if event.causation_uid])])
        of_origin = self.search([("origin_uid", "in", list({e.origin_uid for e in self if e.origin_uid}))], order="id")
        for event in self:
            event.cause_id = causes.filtered(lambda cause, event=event: cause.uid == event.causation_uid)[:1]
            event.effect_ids = of_origin.filtered(lambda effect, event=event: effect.causation_uid == event.uid)
            event.effect_count = len(event.effect_ids)

    @api.depends("correlation_uid")
    def _compute_flow_count(self):
        counts = dict(
            self._read_group(
                [("correlation_uid", "in", self.mapped("correlation_uid"))], ["correlation_uid"], ["__count"]
            )
        )
        for event in self:
            event.flow_count = counts.get(event.correlation_uid, 0)

    def _compute_tree(self):
        for event in self:
            event.tree = event._tree_html()

    def _get_siblings(self):
        """Every event of the same beginning: what a person did in one go, or one message of a partner; oldest first."""
        self.ensure_one()
        if not self.origin_uid:
            return self
        return self.search([("origin_uid", "=", self.origin_uid)], order="id", limit=TREE_LIMIT)

    def _tree_html(self):
        """Nested list of everything that began together with this event, each fact below the one that caused it."""
        self.ensure_one()
        events = self._get_siblings()
        children = {}
        uids = set(events.mapped("uid"))
        for event in events:
            children.setdefault(event.causation_uid if event.causation_uid in uids else "", []).append(event)
        return Markup('<div class="o_logistics_tree"><div class="fw-bold mb-1">%s</div>%s</div>') % (
            self._beginning(events[:1]),
            self._branch(children, ""),
        )

    def _branch(self, children, uid):
        found = children.get(uid)
        if not found:
            return Markup()
        items = Markup().join(
            Markup('<li class="my-1">%s%s</li>') % (self._leaf(event), self._branch(children, event.uid))
            for event in found
        )
        return Markup('<ul class="ps-4 mb-0">%s</ul>') % items

    def _leaf(self, event):
        """One event as a line: its type and subject, a link unless it is this one, and the trouble it has."""
        words = Markup("%s · %s") % (event.type_name, event.subject or event.uid)
        if event == self:
            line = Markup('<strong class="text-primary">%s</strong>') % words
        else:
            line = Markup('<a href="#id=%s&amp;model=logistics.event&amp;view_type=form">%s</a>') % (event.id, words)
        if event.source != "odoo":
            line += Markup(' <span class="badge text-bg-info">%s</span>') % event.source
        if event.schema_error:
            line += Markup(' <span class="badge text-bg-warning">%s</span>') % _("Does not fit its schema")
        return line

    def _beginning(self, first):
        """Words for what the tree began with."""
        message = self.env["logistics.inbox.message"].search([("external_id", "=", first.origin_uid)], limit=1)
        if message:
            return _("%(system)s said %(type)s", system=message.system_id.name, type=message.type)
        return _(
            "%(user)s, %(moment)s", user=first.user_name or "", moment=fields.Datetime.to_string(first.create_date)
        )

    def action_open_flow(self):
        """Everything of the same flow, oldest first, grouped by what it began with."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_event")
        return dict(
            action,
            name=_("Whole Flow"),
            display_name=_("Whole Flow"),
            domain=[("correlation_uid", "=", self.correlation_uid)],
            context={"logistics_flow": True},
            views=[(self.env.ref("logistics_orchestration.view_event_flow_tree").id, "tree"), (False, "form")],
        )
