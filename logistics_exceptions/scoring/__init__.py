"""How urgent a case is: plain Python over figures, nothing here imports Odoo."""

from .priority import BANDS, WEIGHTS, age_part, band, money_part, score

__all__ = ["BANDS", "WEIGHTS", "age_part", "band", "money_part", "score"]
