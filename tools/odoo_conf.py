"""Write an odoo.conf for one purpose: the repository's own, with what was found on this machine filled in."""

from __future__ import annotations

import re
from pathlib import Path

from tools import odoo_source
from tools.common import ROOT, write_private
from tools.postgres import Server


def fill_in(text: str, values: dict[str, str]) -> str:
    """Return the text of an odoo.conf with options set: comments stay, an option commented out is switched on."""
    lines, missing = [], dict(values)
    for line in text.splitlines():
        found = re.match(r"[;#]?\s*(\w+)\s*=", line)
        name = found.group(1) if found and not line.startswith("# ") else None
        if name in values:
            if name in missing:
                lines.append(f"{name} = {missing.pop(name)}")
            continue
        lines.append(line)
    lines += [f"{name} = {value}" for name, value in missing.items()]
    return "\n".join(lines) + "\n"


def write(path: Path, server: Server, odoo: Path, data_dir: Path, **options: str) -> Path:
    """Write a configuration for this server and this source; `options` go over everything else."""
    values = {
        "addons_path": odoo_source.addons_path(odoo),
        "data_dir": str(data_dir),
        **server.odoo_options(),
        **{key: str(value) for key, value in options.items()},
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    write_private(path, fill_in((ROOT / "odoo.conf").read_text(), values))
    return path
