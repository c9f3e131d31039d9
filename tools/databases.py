"""Databases for tests and the demo: made, copied with their files, dropped, and modules installed into them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg2
from psycopg2 import sql

from tools.common import ROOT, SetupError, shown, tail
from tools.postgres import Server


@contextlib.contextmanager
def connection(server: Server, database: str = "postgres") -> Iterator:
    """Open a connection in autocommit mode and yield its cursor."""
    try:
        link = psycopg2.connect(
            host=server.host or None,
            port=server.port,
            user=server.user,
            password=server.password or None,
            dbname=database,
            connect_timeout=10,
        )
    except psycopg2.OperationalError as error:
        raise SetupError(
            f"cannot reach PostgreSQL at {server.host}:{server.port} as {server.user}: {str(error).splitlines()[0]};"
            " check PGHOST, PGPORT, PGUSER and PGPASSWORD (or db_* in odoo.conf), or unset them for a private server"
        ) from None
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


def exists(server: Server, database: str) -> bool:
    """Tell whether there is such a database."""
    with connection(server) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return bool(cursor.fetchone())


def names(server: Server, prefix: str) -> list[str]:
    """Return the databases whose name begins so, the oldest first."""
    with connection(server) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [prefix])
        return [name for (name,) in cursor.fetchall()]


def drop(server: Server, database: str, data_dir: Path | None = None) -> None:
    """Drop a database, whoever is connected to it, and its files."""
    with connection(server) as cursor:
        _leave(cursor, database)
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))
    if data_dir:
        shutil.rmtree(data_dir / "filestore" / database, ignore_errors=True)


def comment(server: Server, database: str) -> dict:
    """Return what was noted down with a database."""
    with connection(server) as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
        )
        row = cursor.fetchone()
    try:
        return json.loads(row[0]) if row and row[0] else {}
    except ValueError:
        return {}


def note(server: Server, database: str, **values) -> None:
    """Note something down with a database, where it lives and dies with it."""
    text = json.dumps({**comment(server, database), **values})
    with connection(server) as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(text)))


@contextlib.contextmanager
def making(server: Server, name: str, data_dir: Path) -> Iterator[str]:
    """Yield a draft's name; it becomes the database when it is complete, a half-made one is never taken for it."""
    draft = f"{name}_draft"
    drop(server, draft, data_dir)
    yield draft
    with connection(server) as cursor:
        _leave(cursor, draft)
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
    store = data_dir / "filestore"
    if (store / draft).is_dir():
        shutil.rmtree(store / name, ignore_errors=True)
        (store / draft).rename(store / name)


def create(server: Server, database: str) -> None:
    """Make an empty database the way Odoo does: sorted by code point, with the extensions the server has to offer.

    Odoo itself would log an error where the server has no pg_trgm; it does well without.
    """
    with connection(server) as cursor:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'unicode' LC_COLLATE 'C' TEMPLATE template0").format(
                sql.Identifier(database)
            )
        )
    with connection(server, database) as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone():
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")


def copy(server: Server, template: str, database: str, data_dir: Path, template_dir: Path | None = None) -> None:
    """Make a database as a copy of another, with its files (linked: Odoo never changes a stored file in place)."""
    drop(server, database, data_dir)
    # FILE_COPY is several times faster where nothing waits for the disk; PostgreSQL before 15 knows no other way.
    for attempt in range(20):
        with connection(server) as cursor:
            _leave(cursor, template)
            clause = sql.SQL(" STRATEGY FILE_COPY" if cursor.connection.server_version >= 150000 else "")
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            try:
                cursor.execute(command.format(sql.Identifier(database), sql.Identifier(template)) + clause)
                break
            except psycopg2.errors.ObjectInUse:  # somebody else copies it right now
                if attempt == 19:
                    raise
                time.sleep(0.5)
    source = (template_dir or data_dir) / "filestore" / template
    if source.is_dir():
        shutil.copytree(source, data_dir / "filestore" / database, copy_function=_link)


def _link(source: str, target: str) -> None:
    """Link a file, or copy it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _leave(cursor, database: str) -> None:
    """End other sessions on a database."""
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        [database],
    )


def odoo_environment(conf: Path, server: Server | None = None) -> dict[str, str]:
    """Return the environment of an odoo-bin process: its configuration, nothing that would lead it elsewhere."""
    strange = ("PGDATABASE", "PGOPTIONS", "PGSERVICE", "OPENERP_SERVER")
    environment = {key: value for key, value in os.environ.items() if key not in strange}
    environment.update(ODOO_RC=str(conf), PYTHONUNBUFFERED="1", TZ="UTC")
    if server:  # pg_dump and psql, where Odoo calls them
        environment.update(server.environment())
    return environment


def odoo_shell(odoo: Path, conf: Path, database: str, script, log: Path) -> None:
    """Run a script (an open file) in Odoo's shell, where `env` is at hand; it must commit by itself."""
    arguments = ("shell", "-d", database, "--no-http", "--max-cron-threads=0", "--shell-interface=python")
    odoo_bin(odoo, conf, *arguments, log=log, what=f"a script in {database}", stdin=script)


def odoo_bin(odoo: Path, conf: Path, *arguments: str, log: Path, what: str, stdin=subprocess.DEVNULL) -> None:
    """Run an odoo-bin command to its end; an error in its log is a failure even when it exits with 0."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(odoo / "odoo-bin"), *arguments]
    with log.open("wb") as stream:
        done = subprocess.run(
            command,
            stdin=stdin,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=odoo_environment(conf),
            check=False,
        )
    lines = log.read_text(errors="replace").splitlines()
    bad = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    if done.returncode or bad:
        # The last line of each traceback says what it was.
        bad += [line for line in lines if re.match(r"[\w.]+(Error|Exception|Failure|Warning)\b", line)]
        words = "\n".join(line[:300] for line in bad[:8]) or tail(log, 5)
        raise SetupError(f"{what} failed (exit code {done.returncode}, all of it: {shown(log)}):\n{words}")


def install(
    odoo: Path, conf: Path, database: str, modules: Iterable[str], log: Path, demo: bool = False, upgrade: bool = False
) -> None:
    """Install (or upgrade) modules in an existing database."""
    modules = ",".join(modules)
    odoo_bin(
        odoo,
        conf,
        "-d",
        database,
        "-u" if upgrade else "-i",
        modules,
        "--stop-after-init",
        "--no-http",
        "--max-cron-threads=0",
        *([] if demo else ["--without-demo=all"]),
        log=log,
        what=f"{'upgrade' if upgrade else 'installation'} of {modules}",
    )
