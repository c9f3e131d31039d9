"""Makes the plain rooms importable by themselves: the addons' own packages would import Odoo."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for addon in ("logistics_carrier_connector", "logistics_orchestration"):
    if str(ROOT / addon) not in sys.path:
        sys.path.insert(0, str(ROOT / addon))

if "tracking_samples" not in sys.modules:
    path = ROOT / "logistics_carrier_connector" / "tests" / "tracking_samples.py"
    spec = importlib.util.spec_from_file_location("tracking_samples", path)
    sys.modules["tracking_samples"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["tracking_samples"])
