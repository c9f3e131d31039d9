"""Orders in the languages of shops and trading partners: raw bytes in, one neutral order out, and the answers back.

- ``errors``: :class:`OrderError`, the only exception these readers raise: what is wrong, where, and the way out
- ``neutral``: how the neutral order is built and checked; every reader returns it
- ``envelopes``: what the envelopes of both EDI languages are held to
- ``native``: the ``data`` of our own ``order.received``; ``shopify``: an order webhook
- ``change``: a change that names only what is different, made into the whole order
- ``x12``: envelopes and segments of ANSI X12; ``x12_850`` reads purchase orders, ``x12_860`` their changes, ``x12_out``
  writes 855, 856 and 997
- ``edifact``: envelopes and segments of UN/EDIFACT over the library pydifact; ``edifact_orders`` reads ORDERS,
  ``edifact_ordchg`` ORDCHG, ``edifact_out`` writes ORDRSP, DESADV and CONTRL

Nothing here imports Odoo; ``models/intake/adapters.py`` makes inbox messages of what is read.
"""
