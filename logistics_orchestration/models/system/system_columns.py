"""A system's row as the plain rooms read it, secrets still sealed."""


def system_row(system):
    """Columns of one ``logistics_system`` row by name, as :class:`~...relay.outgoing.SystemConfig` takes them."""
    system.env["logistics.system"].flush_model()
    system.env.cr.execute("SELECT * FROM logistics_system WHERE id = %s", [system.id])
    columns = [column.name for column in system.env.cr.description]
    return dict(zip(columns, system.env.cr.fetchone(), strict=True))
