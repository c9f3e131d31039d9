"""What a choice binds to: the facts of an option, as they were and as they are."""

from odoo import models

from .option_score import material
from .shortage import ACTIVE
from .shortage_option import IDENTITY


class ShortageOption(models.Model):
    _inherit = "logistics.shortage.option"

    def _facts(self, vals=None):
        """What a choice binds to, JSON-able: of the stored option, or of a fresh look at it."""
        if vals is None:
            vals = {name: self[name] for name in (*IDENTITY, "cost", "covers", "arrival_on")}
        facts = dict(zip(IDENTITY, self.shortage_id._option_key(vals), strict=True))
        facts.update(
            cost=self.currency_id.round(vals["cost"]), covers=vals["covers"], arrival=vals["arrival_on"].isoformat()
        )
        return facts

    def _fresh(self):
        """This option priced anew; None when it is none any more."""
        shortage = self.shortage_id.sudo().with_company(self.company_id)  # sudo: see action_price
        key = shortage._option_key({name: self[name] for name in IDENTITY})
        need, _day = shortage._option_need()
        # what the choice itself was to bring is no longer missing once it is under way, so only this option is held
        for vals in shortage._option_values(need) if need > 0 and shortage.state in ACTIVE else ():
            if shortage._option_key(vals) == key:
                return vals
        return None

    def _changed(self, vals):
        """Names of the facts that changed materially since the choice; ["gone"] when it is no option any more."""
        if vals is None:
            return ["gone"]
        return material(self.snapshot or self._facts(), self._facts(vals))
