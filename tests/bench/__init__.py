"""What `make bench` measures; tools/bench.py runs it and prints the table.

``report``    rows, goals and verdicts
``sink``      a partner that only counts, a process of its own
``relays``    deliveries per second: relay processes beside a bare thread-pool HTTP loop; 100,000 without faults
``latency``   from the commit to the partner
``waiting``   claims with a thousand and a million messages waiting, a hot document
``isolation`` what a dead and a slow system do to the others
``peers``     OCA queue_job and Odoo's own webhook action at the same work
``emission``  what a confirmation costs with the suite and without
``inbound``   webhooks taken in per second, beside Odoo's own /web/hook
"""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "logistics_orchestration"
if str(ADDON) not in sys.path:
    sys.path.append(str(ADDON))
