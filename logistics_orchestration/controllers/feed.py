"""GET /logistics/events: the pull feed, for partners who cannot receive."""

import json

from odoo import http
from odoo.http import request

from ..relay import feed


class FeedController(http.Controller):
    @http.route("/logistics/events", type="http", auth="none", methods=["GET"], save_session=False)
    def events(self, after=None, limit="100", types=None, **_query):
        """Events after a cursor, as the partner's subscriptions match them.

        200 ``{"events": [...], "cursor": "...", "more": bool}``; 400 cursor or limit; 401 token; 410 the cursor is
        older than what is kept, with the oldest cursor; 503 the partner is paused or not set to pull.
        """
        system = request.env["logistics.system"]._from_pull_token(request.httprequest.headers.get("Authorization"))
        if not system:
            request.env["logistics.refusal"]._note("token")
            return self._answer(401, json.dumps({"error": "Unauthorized"}), [("WWW-Authenticate", "Bearer")])
        if system.delivery != "pull" or system.state != "active":
            reason = "is not set to pull" if system.delivery != "pull" else f"is {system.state}"
            text = json.dumps({"error": f"System {system.code} {reason}; nothing is lost, ask the administrator"})
            return self._answer(503, text, [("Retry-After", "300")])
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= feed.MAX_EVENTS):
            return self._answer(400, json.dumps({"error": f"limit must be 1 to {feed.MAX_EVENTS}"}))
        names = None
        if types:
            names = ["logistics." + name.strip().removeprefix("logistics.") for name in types.split(",")]
        try:
            page = feed.read(
                request.env.cr,
                system.id,
                feed.read_cursor(after),
                int(limit),
                names,
                purged=system.env["logistics.retention"]._feed_purged(),
            )
        except feed.CursorError as error:
            return self._answer(400, json.dumps({"error": str(error)}))
        except feed.Gone as error:
            text = "Events after this cursor are not kept any more: get the present state, then go on from oldest"
            return self._answer(410, json.dumps({"error": text, "oldest": feed.write_cursor(error.oldest)}))
        # the bodies are the stored bytes: put together as text, not read and written again
        rest = json.dumps({"cursor": feed.write_cursor(page.position), "more": page.more})
        return self._answer(200, f'{{"events":[{",".join(page.bodies)}],{rest[1:]}')

    @staticmethod
    def _answer(status, text, headers=()):
        fixed = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return request.make_response(text, headers=[*fixed, *headers], status=status)
