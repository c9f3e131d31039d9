"""The suite under fire: forced failures between every two steps of the engine, and real processes killed at random.

``failpoints``      counts the steps of a relay and makes one of them fail; nothing of it is in the engine itself
``forced``          one scripted backlog that touches every step, and a process to die in it
``partner``         a partner of its own process that writes a journal of what arrived and what it answered
``stage``, ``facts`` Odoo workers, scheduled actions and relays of one database, and clients that make facts happen
``monkey``          what is killed, frozen and cut, and when
``audit``           the partner's journal against the committed facts: nothing lost, in order, few repeats
``soak``            all of it together; ``make chaos`` runs it for long, ``test_chaos_short`` for a minute
"""

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "logistics_orchestration"
if str(ADDON) not in sys.path:
    sys.path.append(str(ADDON))
