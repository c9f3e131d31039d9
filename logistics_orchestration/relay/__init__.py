"""The delivery engine: from committed events to partners who have them. Plain Python and psycopg2; no Odoo import.

Purpose
=======

Odoo writes a fact and its event in one transaction. Everything after that commit happens here, in processes of their
own: deciding who is owed the event, calling partners, trying again, keeping order, and giving up in a way people see.
The promise: **at least once, in order per (system, ordering key), with one stable webhook-id per message; nothing is
lost and nothing is stuck, whatever is killed and whenever.**

Protocol
========

Four kinds of work, each a short READ COMMITTED transaction. No transaction is open during a network call. ::

    business transaction   event + pointer rows            (Odoo, ends with COMMIT, then NOTIFY logistics_outbox)
    router  (one leader)   pointers -> messages            fanout.py   "who is owed this?"
    pump    (each process) head messages -> claims         claims.py, taking.py   pending -> sending, token + 1, lease
    threads (each process) claims -> HTTP -> results       transport.py, outgoing.py, outcome.py
    pump    (each process) results -> rows                 results.py  sending -> delivered | pending | dead | held
    all of them            what people must be told        notices.py, read by Odoo's watchdog every minute

* **Pointers, not cursors.** Ids are given before commits, so reading "everything after id N" loses rows. The router
  reads rows that exist and deletes them when done. For one ordering key, the writers hold an advisory lock from before
  they draw ids until they commit, so there id order is commit order.
* **One leader** (session advisory lock) fans out. Another process takes over within a second when it dies.
* **Lanes and heads.** Messages of one (system, ordering key) form a *lane*. Only the *head* of a lane can be claimed;
  a unique index allows one head per lane, so order cannot be broken even by a mistake elsewhere. When a head is
  finished the next one becomes head in the same transaction, under the lane's advisory lock. A head that is tried
  again keeps its lane waiting and nobody else's. A dead head keeps ``is_head`` where the system's policy says *hold*.
* **Claims** take at most what the system allows (in flight over all processes, see slots.py; rate) and what this
  process has free threads for, skip rows that others have locked, and are committed before the call.
* **Old transactions** are normal in Odoo (imports, schedulers), and while one is open no dead row or index entry can be
  removed. So nothing here may have to wade through what is finished: claims and passes start at a floor, the next of a
  lane is looked for behind the last, what is in flight is counted in locks.
* **Fences.** A claim raises ``claim_token``. A result is one UPDATE that names token and state ``sending``: what comes
  from a process that lost its claim changes nothing, but its attempt is recorded.
* **Liveness.** A process holds a session advisory lock on its worker number. The leader frees the claims of numbers
  whose lock it can take, and of leases that have passed. A process that takes over a number frees its old claims first.
* **People act through pointers too.** Odoo's users write messages in REPEATABLE READ transactions whose picture of
  heads may be old. So they never set heads: they write a *recheck* pointer and the router sets the head afterwards.
* **Nobody waits for a person's transaction.** Rows that Odoo may hold locked for long (a message being cancelled, a
  system or subscription being edited) are taken with SKIP LOCKED; what could not be done is left as a pointer, or
  kept in memory, for the next round. Rows that refer to others wait for those whose key columns are being changed: so
  fan-out leaves such a system out for the moment, and no transaction updates a message twice (PostgreSQL would look
  at its references again). People lock no message that is under way: for what becomes void then they leave a *void*
  pointer (voiding.py). Nor do people wait for us: what the relay writes all the time is not in rows they edit.
* **No stale intent.** What an event type says about validity is asked at the moment of the claim (validity.py), what
  only counts as the latest is replaced in fan-out (supersede.py), what is void is refused by the claim and cancelled by
  the router. After the commit of the transaction that voids an event no new attempt of it is begun, but for claims that
  were committed before (or at that same instant).
* **Suspects** are sent alone (suspects.py), so that a message that kills its process is found and nobody else buried.

Failure rules are in :mod:`.outcome` (what an answer means), :mod:`.backoff` (when again) and :mod:`.breaker` (when to
leave a system alone); the states and who may change them in :mod:`.states`; who may be called at all in
:mod:`.url_guard`. :mod:`.loop` is the process, :mod:`.drain` the same for a limited time in one thread.

Caveats
=======

* At least once: a process killed between a partner's answer and the result's commit repeats that message, with the same
  ``webhook-id``. At most one repeat per call under way at the kill.
* A process frozen for longer than a lease (suspended machine) may wake up and finish a call that was handed to another
  one meanwhile. The row stays right; the partner may see a repeat, late.
* The connection must be a direct one: session advisory locks and LISTEN do not survive a transaction-pooling proxy.
* ``ordering`` of a system is stamped on a message when it is fanned out (``lane`` is NULL where order is not kept); a
  change of the setting concerns messages from then on.
* Held messages (their subscription is switched off) let others of their lane pass: a second subscription of the same
  system must not wait for a person. Among the messages of one subscription the order stays.
* While a suspect is sent, its process sends nothing else, and before that it lets its calls land. With a partner that
  takes ten seconds to answer that is ten seconds; another process goes on meanwhile.
* A change of what an event type says about validity is known to the relay within a second.
"""
