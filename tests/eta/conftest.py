"""Makes the plain-Python room importable by itself: the addon's own package would import Odoo."""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "logistics_orchestration"
if str(ADDON) not in sys.path:
    sys.path.insert(0, str(ADDON))
