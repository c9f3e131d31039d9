"""A finance system: receives released invoices, pays or disputes them."""

from .base import Simulator
from .faults import ControlError
from .journal import now_text


class Finance(Simulator):
    """See the module's text. `auto` answers each invoice `answer_delay_s` later; `policy` is pay or dispute."""

    kind = "finance"
    SETTINGS = {"answer_delay_s": 0.3, "policy": "pay", "dispute_reason": "Quantity differs from what was delivered"}

    def clear_records(self):
        self.invoices = {}

    def records(self):
        return {"invoices": self.invoices}

    def on_invoice_released(self, data, cause):
        """An invoice may be collected."""
        invoice = self.invoices.setdefault(data["invoice"], {"state": "open", "told": 0})
        invoice["told"] += 1
        invoice.update(data=data, cause=cause)
        if self.config["auto"]:
            self.later(self.config["answer_delay_s"], self._answer, data["invoice"])

    def _answer(self, name):
        with self.lock:
            if self.invoices[name]["state"] == "open":
                (self._dispute if self.config["policy"] == "dispute" else self._pay)(name, {})

    def _pay(self, name, body):
        invoice = self.invoices[name]
        invoice["state"] = "paid"
        data = {
            "invoice": name,
            "amount": float(body.get("amount") or invoice["data"]["amount_total"]),
            "currency": invoice["data"]["currency"],
            "paid_at": now_text(),
            "reference": str(body.get("reference") or f"BANK-{name.replace('/', '-')}"),
        }
        return self.push("invoice.paid", data, cause=invoice["cause"], subject=name)

    def _dispute(self, name, body):
        invoice = self.invoices[name]
        invoice["state"] = "disputed"
        reason = str(body.get("reason") or self.config["dispute_reason"])
        wanted = body.get("lines")
        lines = [{"line": line["line"], "reason": reason} for line in invoice["data"].get("lines") or []]
        if wanted is not None:
            lines = [line for line in lines if line["line"] in wanted]
        data = {"invoice": name, "reason": reason, "lines": lines}
        return self.push("invoice.disputed", data, cause=invoice["cause"], subject=name)

    def _name(self, body):
        name = str(body.get("invoice") or "")
        if name not in self.invoices:
            known = ", ".join(self.invoices) or "none"
            raise ControlError(f'"invoice" is {name!r}: not received here. Received: {known}.')
        return name

    def act_pay(self, body):
        """Pay "invoice": "amount" (default: all of it), "reference"."""
        with self.lock:
            return [self._pay(self._name(body), body)]

    def act_dispute(self, body):
        """Dispute "invoice": "reason", "lines" [line ids] (default: all)."""
        with self.lock:
            return [self._dispute(self._name(body), body)]
