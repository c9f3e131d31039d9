"""What partners may read about our events: the AsyncAPI document, the schemas, and events too large to be posted."""

import json
from urllib.parse import urlsplit

from odoo import http, release
from odoo.http import request

from ..relay.catalogue import asyncapi

JSON = "application/json"
# The catalogue changes with releases; partners' tools ask often.
_CACHE = "public, max-age=300"


class CatalogueController(http.Controller):
    @http.route("/logistics/asyncapi.json", type="http", auth="public", methods=["GET"], save_session=False)
    def asyncapi(self, **_query):
        """The catalogue of this database, active types only, as an AsyncAPI 3.0 document."""
        # sudo: the catalogue is public, there are no facts in it
        types = request.env["logistics.event.type"].sudo().search([], order="name, version")
        base = self._base()
        document = asyncapi(
            [entry._document() for entry in types],
            types._heard(),
            version=release.series,
            base=base,
            host=urlsplit(base).netloc,
            protocol=urlsplit(base).scheme,
        )
        return self._answer(200, json.dumps(document, ensure_ascii=False), cache=_CACHE)

    @http.route(
        "/logistics/schemas/<string:name>/<int:version>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
    )
    def schema(self, name, version, **_query):
        """JSON Schema of one version of a type's data: what ``dataschema`` in an envelope leads to. 404 unknown."""
        # sudo: the catalogue is public, there are no facts in it; what was told once keeps its schema
        types = request.env["logistics.event.type"].sudo().with_context(active_test=False)
        found = types.search([("name", "=", name), ("version", "=", version)], limit=1)
        if not found:
            return self._answer(404, json.dumps({"error": f"There is no version {version} of {name}"}))
        text = json.dumps(found._schema_document(self._base()), ensure_ascii=False)
        return self._answer(200, text, "application/schema+json", _CACHE)

    @http.route("/logistics/events/<string:uid>", type="http", auth="public", methods=["GET"], save_session=False)
    def event(self, uid, **_query):
        """The whole envelope of one event, as this partner gets it: what the link in a large event leads to.

        401 token; 404 there is no such event, or none of the partner's subscriptions wants it; 410 not kept any more.
        """
        system = request.env["logistics.system"]._from_pull_token(request.httprequest.headers.get("Authorization"))
        if not system:
            return self._answer(401, json.dumps({"error": "Unauthorized"}), headers=[("WWW-Authenticate", "Bearer")])
        # sudo: the token says who asks, the subscription what may be read
        event = request.env["logistics.event"].sudo().search([("uid", "=", uid)], limit=1)
        subscription = event and event._wanted_by(system)
        if not subscription:
            return self._answer(404, json.dumps({"error": "There is no such event for you"}))
        body = subscription._payload_for(event)
        if not body:
            return self._answer(410, json.dumps({"error": "The content of this event is not kept any more"}))
        return self._answer(200, body)

    @staticmethod
    def _base():
        # sudo: a public address
        return request.env["ir.config_parameter"].sudo().get_param("web.base.url")

    @staticmethod
    def _answer(status, text, content_type=JSON, cache="no-store", headers=()):
        fixed = [("Content-Type", content_type), ("Cache-Control", cache)]
        return request.make_response(text, headers=[*fixed, *headers], status=status)
