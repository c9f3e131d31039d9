"""GET /logistics/health for load balancers and monitoring, GET /logistics/metrics for Prometheus."""

import json
import logging

import psycopg2

from odoo import http
from odoo.http import request

_logger = logging.getLogger(__name__)


class HealthController(http.Controller):
    @http.route("/logistics/health", type="http", auth="none", methods=["GET"], save_session=False)
    def health(self, **_query):
        """200 ``ok`` or ``degraded``, 503 ``down``. With the monitoring token also the detail; 401 with a wrong one.

        Answers also without a database, where the addon is loaded server-wide: then it says ``down``.
        """
        authorization = request.httprequest.headers.get("Authorization")
        detail, status = {}, "down"
        if request.db:
            try:
                if authorization and not request.env["res.config.settings"]._logistics_metrics_access(authorization):
                    return self._answer(401, json.dumps({"error": "Unauthorized"}))
                status, detail = request.env["logistics.health"]._report()
            except psycopg2.Error as error:
                # nothing of the database's own words: they may name hosts and users
                _logger.warning("Health could not be read: %s", type(error).__name__)
                request.env.cr.rollback()
        content = {"status": status, **(detail if authorization else {})}
        return self._answer(503 if status == "down" else 200, json.dumps(content))

    @http.route("/logistics/metrics", type="http", auth="none", methods=["GET"], save_session=False)
    def metrics(self, **_query):
        """Prometheus text. 401 without the monitoring token, 404 where none is set, 501 without prometheus-client."""
        access = request.env["res.config.settings"]._logistics_metrics_access(
            request.httprequest.headers.get("Authorization")
        )
        if access is None:
            return self._answer(404, "No monitoring token is set (Settings > Logistics)\n", "text/plain")
        if not access:
            request.env["logistics.refusal"]._note("token")
            return self._answer(401, "Unauthorized\n", "text/plain", [("WWW-Authenticate", "Bearer")])
        try:
            text, content_type = request.env["logistics.metrics"]._exposition()
        except ImportError:
            return self._answer(501, "The Python library prometheus-client is not installed\n", "text/plain")
        return self._answer(200, text, content_type)

    @staticmethod
    def _answer(status, text, content_type="application/json", headers=()):
        fixed = [("Content-Type", content_type), ("Cache-Control", "no-store")]
        return request.make_response(text, headers=[*fixed, *headers], status=status)
