"""Release gates: what an order has to pass before the warehouse may have it.

A gate of kind ``x`` is the method ``_gate_x(order, facts)``; that one method, and the entry in ``kind``, is all a new
kind needs (one file per kind, ``release_gate_x.py``). It returns a dict:

* ``passed`` (bool), ``words`` (what a person reads), ``inputs`` (JSON-able: what was looked at),
* optionally ``line_ids``: the sales order lines that fail, for gates that hold only those (the kind is then one of
  ``_kinds_by_line``),
* optionally ``again_at``: when the cause is gone by itself (datetime in UTC): the order is looked at again then.

What many orders need alike is read once: ``_facts_x(orders)``, when there is one, is called per run and its result is
handed to each ``_gate_x``. A gate never decides what happens: it is only asked. It may raise: the order is held then.
"""

import logging

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.osv import expression
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import dateutil as safe_dateutil
from odoo.tools.safe_eval import safe_eval

from .stock_facts import Run

_logger = logging.getLogger(__name__)

# A change of anything else is another rule: evaluations say by which version they were made.
UNVERSIONED = {"name", "sequence", "version", "id", "create_uid", "create_date", "write_uid", "write_date"}
# of a stored result: the order, or a part of it, does not go
FAILING = ("hold", "split", "error")


class ReleaseGate(models.Model):
    _name = "logistics.release.gate"
    _description = "Release Gate"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("stock", "Stock is there"),
            ("address", "Delivery address is complete"),
            ("domain", "Order meets a condition"),
        ],
        required=True,
        default="domain",
    )
    effect = fields.Selection(
        [("hold", "Hold"), ("split", "Hold what fails, send the rest"), ("warn", "Warn only")],
        required=True,
        default="hold",
        help="What failing leads to. Send the rest: where the customer's terms allow another delivery; else somebody is"
        " asked whether the order may be split. A gate that cannot be evaluated holds the order in any case.",
    )
    hold_type_id = fields.Many2one(
        "logistics.hold.type",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="The hold that is placed when the gate fails. If it blocks procurement, the gate is evaluated before"
        " the order starts any transfer or purchase.",
    )
    hold_scope = fields.Selection(
        [("order", "The whole order"), ("lines", "Only the lines that fail")],
        string="Holds",
        required=True,
        default="order",
        help="Holding lines lets the others go: the order is partially released.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: all companies.")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Only orders from here; empty: all.")
    order_domain = fields.Char(string="Applies To", help="Only orders that match; empty: all.")
    pass_domain = fields.Char(string="Condition", help="An order passes when it matches.")
    fail_words = fields.Char(
        string="Words When It Fails",
        translate=True,
        help="What people read on the order, e.g. 'Prepayment is missing'.",
    )
    require_phone = fields.Boolean(
        string="Phone Needed", default=True, help="Most carriers want a number to call before they deliver."
    )
    version = fields.Integer(default=1, readonly=True, copy=False, help="Counts up with every change of the rule.")

    # -- checks ------------------------------------------------------------------------------------------------

    @api.constrains("order_domain", "pass_domain", "kind")
    def _check_domains(self):
        for gate in self:
            if gate.kind == "domain" and (gate.pass_domain or "").strip() in ("", "[]"):
                raise ValidationError(
                    _("Gate %(name)s, Condition: write what an order has to match to pass.", name=gate.name)
                )
            for field in ("order_domain", "pass_domain"):
                gate._check_domain(field)

    def _check_domain(self, field):
        """Refuse a domain that orders cannot be searched with, naming the field and what is wrong with it."""
        try:
            with self.env.cr.savepoint():
                self.env["sale.order"].search(self._domain(field), limit=1)
        except Exception as error:
            raise ValidationError(
                _(
                    "Gate %(name)s, %(field)s: %(domain)s is no condition on sales orders (%(error)s)."
                    " Build it with the editor, or write a list such as [('amount_total', '>', 100)].",
                    name=self.name,
                    field=self._fields[field]._description_string(self.env),
                    domain=self[field],
                    error=error,
                )
            ) from error

    def _domain(self, field):
        """The domain in ``field`` as a list; it may speak of uid, today and time."""
        self.ensure_one()
        text = (self[field] or "").strip()
        if not text:
            return []
        context = {
            "uid": self.env.uid,
            "datetime": safe_datetime,
            "relativedelta": safe_dateutil.relativedelta.relativedelta,
            "context_today": lambda: fields.Date.context_today(self),
            "current_date": fields.Date.to_string(fields.Date.context_today(self)),
        }
        return safe_eval(text, context)

    @api.model
    def _kinds_by_line(self):
        """Kinds whose answers name the lines that fail; override with super."""
        return {"stock"}

    def _by_line(self):
        """Whether this gate holds lines and lets the others go."""
        self.ensure_one()
        return self.effect == "split" or (self.effect == "hold" and self.hold_scope == "lines")

    @api.constrains("effect", "hold_scope", "kind")
    def _check_effect(self):
        for gate in self.filtered(lambda gate: gate._by_line() and gate.kind not in gate._kinds_by_line()):
            field = "effect" if gate.effect == "split" else "hold_scope"
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            raise ValidationError(
                _(
                    "Gate %(name)s, %(field)s: '%(kind)s' is asked about the order as a whole and names no lines."
                    " Let it hold the whole order, or only warn.",
                    name=gate.name,
                    field=gate._fields[field]._description_string(self.env),
                    kind=kinds[gate.kind],
                )
            )

    def _check_hold_type(self, vals):
        """Also a gate that only warns holds when it cannot be evaluated, so each needs its hold type."""
        if not vals.get("hold_type_id") and not self.env.context.get("default_hold_type_id"):
            raise ValidationError(
                _(
                    "Gate %(name)s, Hold Type: choose the hold that is placed when it fails or cannot be evaluated.",
                    name=vals.get("name") or self[:1].name or "",
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("version", None)
            self._check_hold_type(vals)
        return super().create(vals_list)

    def write(self, vals):
        vals = {key: value for key, value in vals.items() if key != "version"}
        if "hold_type_id" in vals:
            self._check_hold_type(vals)
        before = {gate.id: gate._rule() for gate in self}
        result = super().write(vals)
        changed = self.filtered(lambda gate: before[gate.id] != gate._rule())
        for gate in changed:
            super(ReleaseGate, gate).write({"version": gate.version + 1})
        if changed:
            self.env["logistics.release.recheck"]._enqueue_held("gate", [("gate_id", "in", changed.ids)])
        return result

    @api.model
    def _versioned(self):
        """Names of the fields that make a gate the rule it is."""
        stored = {name for name, field in self._fields.items() if field.store and field.type != "one2many"}
        return sorted(stored - UNVERSIONED)

    def _rule(self):
        """Everything that makes it the rule it is."""
        self.ensure_one()
        return [self[name] for name in self._versioned()]

    # -- evaluation --------------------------------------------------------------------------------------------

    @api.model
    def _run(self, orders, gates=None):
        """Ask the gates about many orders; reads shared facts once per gate.

        :param orders: confirmed sale.order records
        :param gates: only these gates; all active ones when not given
        :returns: {order id: [result dict]} in the order of the gates; see ``_result``
        """
        results = {order.id: [] for order in orders}
        if gates is None:
            gates = self.search(["|", ("company_id", "=", False), ("company_id", "in", orders.company_id.ids)])
        for gate in gates.with_context(logistics_run=Run()):
            for order_id, result in gate._evaluate(orders).items():
                results[order_id].append(result)
        return results

    def _evaluate(self, orders):
        """{order id: result} of this gate for those of ``orders`` it applies to.

        All orders share one savepoint, which costs nothing per order; when something raises, they are asked again one
        by one so that only the order that raises is held for it.
        """
        self.ensure_one()
        cr = self.env.cr
        # what is not written yet must not be lost with a savepoint that is rolled back; gates themselves only read
        self.env.flush_all()
        try:
            with cr.savepoint(flush=False):
                applicable = self._applicable(orders)
                facts = self._facts(applicable)
                return {order.id: self._result(self._ask(order, facts)) for order in applicable}
        except Exception as error:
            self._after_error(error)
        results = {}
        for order in orders:
            try:
                with cr.savepoint(flush=False):
                    for one in self._applicable(order):
                        results[one.id] = self._result(self._ask(one, self._facts(one)))
            except Exception as error:
                self._after_error(error)
                _logger.warning("Release gate %s could not evaluate %s: %s", self.id, order.name, error, exc_info=True)
                words = _("%(gate)s could not be evaluated: %(error)s", gate=self.name, error=error)
                results[order.id] = dict(
                    self._result(
                        {"passed": False, "words": words, "inputs": {"error": f"{type(error).__name__}: {error}"}}
                    ),
                    verdict="error",
                )
        return results

    def _after_error(self, error):
        """Forget what was read in the savepoint; when two transactions met, the whole transaction is tried again."""
        self.env.invalidate_all(flush=False)
        if isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
            raise error

    def _applicable(self, orders):
        """Those of ``orders`` this gate is for, in the order they should get scarce goods."""
        return self._matching(orders.filtered(self._in_scope), "order_domain").sorted(
            lambda order: (order.commitment_date or order.date_order or fields.Datetime.now(), order.id)
        )

    def _in_scope(self, order):
        """Whether ``order`` is of the company and warehouse this gate is for."""
        return (not self.company_id or order.company_id == self.company_id) and (
            not self.warehouse_id or order.warehouse_id == self.warehouse_id
        )

    def _matching(self, orders, field):
        domain = self._domain(field)
        if not domain or not orders:
            return orders
        return orders.search(expression.AND([[("id", "in", orders.ids)], domain]))

    def _facts(self, orders):
        prepare = getattr(self, f"_facts_{self.kind}", None)
        return prepare(orders) if prepare else {}

    def _ask(self, order, facts):
        ask = getattr(self, f"_gate_{self.kind}", None)
        if ask is None:
            raise UserError(_("nothing here evaluates gates of kind %(kind)s", kind=self.kind))
        return ask(order, facts)

    def _result(self, answer):
        """The stored form of a gate's answer, and what follows from it: lines to hold, when to look again."""
        lines = (answer.get("line_ids") or []) if self._by_line() else []
        failed = "hold" if self.effect == "split" and not lines else self.effect
        return {
            "gate_id": self.id,
            "gate_name": self.name,
            "gate_kind": self.kind,
            "gate_version": self.version,
            "verdict": "pass" if answer["passed"] else failed,
            "words": answer.get("words") or "",
            "inputs": answer.get("inputs") or {},
            "line_ids": lines,
            "again_at": answer.get("again_at"),
        }

    # -- kind: domain ------------------------------------------------------------------------------------------

    def _facts_domain(self, orders):
        return {"passing": set(self._matching(orders, "pass_domain").ids)}

    def _gate_domain(self, order, facts):
        """The order matches the condition."""
        passed = order.id in facts["passing"]
        words = _("Condition met") if passed else self.fail_words or _("Condition not met: %(name)s", name=self.name)
        return {"passed": passed, "words": words, "inputs": {"condition": self.pass_domain}}
