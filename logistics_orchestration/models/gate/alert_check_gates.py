"""What can be wrong with release gates: those that cannot be evaluated hold orders for no fault of theirs."""

from odoo import _, models

from ..watch.alert_rule import Finding


class AlertCheckGates(models.Model):
    _inherit = "logistics.alert.rule"

    def _check_gate_errors(self):
        """Gates by whose failure orders are held now, or that failed within the last hour where release is observed."""
        held = dict(
            self.env["logistics.hold"]._read_group(
                [("state", "=", "active"), ("gate_error", "=", True), ("gate_id", "!=", False)],
                ["gate_id"],
                ["__count"],
            )
        )
        # of a gate that was repaired nothing is said, whatever it said before
        seen = self.env["logistics.release.evaluation.result"]._read_group(
            [("verdict", "=", "error"), ("evaluation_id.evaluated_at", ">=", self._minutes_ago(60))],
            ["gate_id", "gate_version"],
            ["id:max"],
        )
        gates = self.env["logistics.release.gate"].with_context(active_test=False)
        latest = {(gates.browse(gate_id).exists(), version): last for gate_id, version, last in seen}
        failing = {gate: last for (gate, version), last in latest.items() if gate.active and gate.version == version}
        findings = []
        for gate in {**held, **failing}:
            count = held.get(gate, 0)
            error = self._words_of_error(gate, failing.get(gate))
            findings.append(
                Finding(
                    f"gate-{gate.id}",
                    _("Release gate '%s' cannot be evaluated", gate.name),
                    _(
                        "%(error)s. %(count)s orders are held for it. Mend its settings under Configuration > Release"
                        " Gates: its orders are looked at again at once.",
                        error=error.rstrip("."),
                        count=count,
                    ),
                    company=gate.company_id,
                )
            )
        return findings

    def _words_of_error(self, gate, result_id):
        """What the gate said last."""
        if result_id:
            return self.env["logistics.release.evaluation.result"].browse(result_id).words or ""
        hold = self.env["logistics.hold"].search(
            [("state", "=", "active"), ("gate_error", "=", True), ("gate_id", "=", gate.id)], limit=1, order="id desc"
        )
        return hold.reason or ""
