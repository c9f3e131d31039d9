"""Each addon alone on a database with Odoo's modules: it installs, upgrades without a trace, goes as it came."""

import json

import pytest

from tools import databases, odoo_conf, templates
from tools.common import ADDONS, LOCAL, SetupError

CORE = "logistics_orchestration"
FOLDER = LOCAL / "test" / "install"
LOGS = LOCAL / "log" / "install"

# What a database consists of, as far as code can make it; rows are compared where they are the addons' own.
SHAPE = {
    "columns": """
        SELECT format('%s.%s %s nullable %s', table_name, column_name, data_type, is_nullable)
          FROM information_schema.columns WHERE table_schema = 'public'""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequences": "SELECT sequencename FROM pg_sequences WHERE sequencename LIKE 'ir_sequence%'",
}
RECORDS = {
    "external ids": "SELECT format('%s.%s %s %s', module, name, model, noupdate) FROM ir_model_data",
    "views": "SELECT format('%s %s', key, md5(arch_db::text)) FROM ir_ui_view WHERE key IS NOT NULL",
    "access": """
        SELECT format('%s %s%s%s%s', name, perm_read, perm_write, perm_create, perm_unlink) FROM ir_model_access""",
    "crons": "SELECT format('%s %s', cron_name, active) FROM ir_cron",
}

# Where the records an addon brought have gone, and what they left hanging.
LEFT_BEHIND = {
    "external ids": "SELECT name FROM ir_model_data WHERE module = %(addon)s",
    "menus without their action": """
        SELECT menu.id::text FROM ir_ui_menu menu
         WHERE menu.action LIKE 'ir.actions.act_window,%%'
           AND NOT EXISTS (SELECT 1 FROM ir_act_window act WHERE act.id = split_part(menu.action, ',', 2)::int)""",
    "actions on models that are gone": """
        SELECT act.res_model FROM ir_act_window act
         WHERE NOT EXISTS (SELECT 1 FROM ir_model model WHERE model.model = act.res_model)""",
    "views on models that are gone": """
        SELECT view.model FROM ir_ui_view view
         WHERE view.model IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM ir_model model WHERE model.model = view.model)""",
    "scheduled actions without a server action": """
        SELECT cron.id::text FROM ir_cron cron
         WHERE NOT EXISTS (SELECT 1 FROM ir_act_server act WHERE act.id = cron.ir_actions_server_id)""",
    "automation rules with a trigger that is gone": """
        SELECT rule.id::text FROM base_automation rule
         WHERE rule.trigger LIKE 'on_logistics%%' AND %(addon)s = 'logistics_orchestration'""",
}

CHANGE_AS_ADMIN = """
own = env["ir.model.data"].search([("module", "=", {addon!r}), ("noupdate", "=", True)])
rules = own.filtered(lambda data: data.model == "base.automation").mapped("res_id")
crons = own.filtered(lambda data: data.model == "ir.cron").mapped("res_id")
env["ir.cron"].browse(crons).write({{"active": False, "interval_number": 77}})
rule = env["base.automation"].browse(rules[:1])
rule.action_server_ids.unlink()
rule.unlink()
env.cr.commit()
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", {addon!r})]).button_immediate_uninstall()
env.cr.commit()
"""
# Every view of the models the addon had extended must still be one, with all that inherits it.
CHECK_VIEWS = """
for view in env["ir.ui.view"].search([("model", "in", {models!r}), ("mode", "=", "primary")]):
    if view.type in ("form", "tree", "search", "kanban", "calendar", "pivot", "graph"):
        env[view.model].get_view(view.id, view.type)
"""


class Bench:
    """Databases to try an addon on."""

    def __init__(self, server, odoo, copy_database):
        self.server, self.odoo, self.copy_database = server, odoo, copy_database
        self.data_dir = FOLDER / "data"
        self.conf = odoo_conf.write(FOLDER / "odoo.conf", server, odoo, self.data_dir)
        self.base = copy_database(templates.base(server, odoo), "base", self.data_dir)
        self.ready = {}

    def copy(self, origin, suffix):
        """A copy of a database of this bench."""
        name = f"{self.base}_{suffix}"
        databases.copy(self.server, origin, name, self.data_dir)
        return name

    def installed(self, addon):
        """A database where the addon is installed and nothing has happened since; it is only copied, never changed."""
        if addon not in self.ready:
            origin = self.base if addon == CORE else self.installed(CORE)
            name = self.copy(origin, addon)
            log = LOGS / f"install-{addon}.log"
            databases.install(self.odoo, self.conf, name, [addon], log)
            self.ready[addon] = name, warnings_in(log)
        return self.ready[addon][0]

    def shell(self, database, script, log):
        """Run a script in Odoo's shell."""
        path = FOLDER / "script.py"
        path.write_text(script)
        with path.open() as stream:
            databases.odoo_shell(self.odoo, self.conf, database, stream, log)

    def look(self, database, queries, **values):
        """The results of queries with one column, as a dict of sets."""
        with databases.connection(self.server, database) as cursor:
            found = {}
            for name, query in queries.items():
                cursor.execute(query, values or None)
                found[name] = {text for (text,) in cursor.fetchall()}
            return found


def warnings_in(log):
    """What Odoo warned of, as far as it is about the suite."""
    found = []
    for line in log.read_text(errors="replace").splitlines():
        _, warning, words = line.partition(" WARNING ")
        # The first word is the database's name, which is about us in any case.
        if warning and "logistics" in words.partition(" ")[2]:
            found.append(line)
    return found


def difference(before, after):
    """What came and what went between two looks, for a message that can be read."""
    return {
        name: {"came": sorted(after[name] - before[name])[:20], "went": sorted(before[name] - after[name])[:20]}
        for name in before
        if after[name] != before[name]
    }


@pytest.fixture(scope="module")
def bench(server, odoo, copy_database):
    made = Bench(server, odoo, copy_database)
    yield made
    for name in databases.names(server, f"{made.base}_"):
        databases.drop(server, name, made.data_dir)


@pytest.mark.parametrize("addon", ADDONS)
def test_installs_alone(bench, addon):
    bench.installed(addon)
    assert not bench.ready[addon][1]


@pytest.mark.parametrize("addon", ADDONS)
def test_upgrading_twice_changes_nothing(bench, addon):
    database = bench.copy(bench.installed(addon), "upgraded")
    log = LOGS / f"upgrade-{addon}.log"
    bench.shell(database, CHANGE_AS_ADMIN.format(addon=addon), LOGS / f"change-{addon}.log")
    before = bench.look(database, {**SHAPE, **RECORDS})
    for _ in range(2):
        databases.install(bench.odoo, bench.conf, database, [addon], log, upgrade=True)
        assert not warnings_in(log)
        assert not difference(before, bench.look(database, {**SHAPE, **RECORDS}))


@pytest.mark.parametrize("addon", ADDONS)
def test_uninstalls_without_a_trace(bench, addon):
    origin = bench.base if addon == CORE else bench.installed(CORE)
    database = bench.copy(bench.installed(addon), "uninstalled")
    with databases.connection(bench.server, database) as cursor:
        cursor.execute(
            """SELECT DISTINCT view.model FROM ir_ui_view view
                 JOIN ir_model_data data ON data.model = 'ir.ui.view' AND data.res_id = view.id
                WHERE data.module = %s AND view.inherit_id IS NOT NULL""",
            [addon],
        )
        extended = [model for (model,) in cursor.fetchall()]
    bench.shell(database, UNINSTALL.format(addon=addon), LOGS / f"uninstall-{addon}.log")
    assert not difference(bench.look(origin, SHAPE), bench.look(database, SHAPE))
    left = bench.look(database, LEFT_BEHIND, addon=addon)
    assert not {name: sorted(rows) for name, rows in left.items() if rows}
    with databases.connection(bench.server, database) as cursor:
        cursor.execute("SELECT model FROM ir_model")
        known = {model for (model,) in cursor.fetchall()}
    survivors = [model for model in extended if model in known]
    try:
        bench.shell(database, CHECK_VIEWS.format(models=survivors), LOGS / f"views-{addon}.log")
    except SetupError as error:
        pytest.fail(f"a view of {json.dumps(survivors)} is broken after the uninstallation of {addon}: {error}")
