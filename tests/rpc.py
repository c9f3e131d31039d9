"""Odoo over XML-RPC, the way an integrator's script talks to it: the standard library and nothing of ours."""

import re
import xmlrpc.client


class Rpc:
    """A user of one database. `execute` has the signature of `tools.stack.Stack.execute`."""

    def __init__(self, url, database, login="admin", password="admin"):
        self.url, self.database, self.password = url.rstrip("/"), database, password
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common", allow_none=True)
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise RuntimeError(f"{login} cannot log in to {database} at {url}")

    def execute(self, model, method, *args, **kwargs):
        """Call a model's method; an error of Odoo's is a RuntimeError with its message."""
        # A connection per call: ServerProxy is not thread-safe and tests call from several threads.
        with xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True) as proxy:
            try:
                return proxy.execute_kw(self.database, self.uid, self.password, model, method, args, kwargs)
            except xmlrpc.client.Fault as fault:
                if "cannot marshal None" in fault.faultString:
                    # The method returned None after its work was committed; Odoo cannot say None in XML-RPC.
                    return None
                raise RuntimeError(_last_words(fault.faultString)) from None

    def search_read(self, model, domain, fields, **kwargs):
        """Records of a model as dicts."""
        return self.execute(model, "search_read", domain, fields, **kwargs)

    def read(self, model, record_id, *fields):
        """One record as a dict; with a single field, its value."""
        values = self.execute(model, "read", [record_id], list(fields))[0]
        return values[fields[0]] if len(fields) == 1 else values


def _last_words(text):
    """The error at the end of a traceback, all its lines; the text itself where there is no traceback."""
    lines = text.strip().splitlines()
    ends = [n for n, line in enumerate(lines) if re.match(r"[\w.]+(Error|Exception|Warning|Failure|Column)\b", line)]
    return "\n".join(lines[ends[-1] :] if ends and lines[0].startswith("Traceback") else lines)
