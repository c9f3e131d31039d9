"""Partner simulators: a carrier, a warehouse, a finance system and a supplier, each a small real HTTP server.

They share no code with the addons. Signatures are made and checked by the official `standardwebhooks` package, so
a mistake in our own signing cannot hide behind itself. Each keeps its own log of what it received and sent, which
is what the end-to-end tests compare Odoo's records with.

Run one:

    python -m tests.simulators carrier --port 9301 --odoo http://localhost:8069 --slug abc \
        --secret-in whsec_... --secret-out whsec_... --token t0ken --auto

`secret-in` verifies what Odoo sends to the simulator, `secret-out` signs what the simulator pushes to Odoo. All of it
may also be given later with `POST /_control`.

Every simulator answers:

    GET  /_health    who it is and whether it can talk to Odoo yet
    GET  /_log       {"received": [...], "sent": [...], "refused": [...]}; ?type= and ?after= narrow it
    GET  /_state     its business records (bookings, requests, invoices, purchases)
    POST /_control   faults and settings, see `faults.py` and `base.py`
    POST /_act       {"do": "..."}: make it say something now
    POST /_reset     forget log, faults and records; keep the settings
    POST /webhook    the partner's webhook endpoint (signed events from Odoo)
"""
