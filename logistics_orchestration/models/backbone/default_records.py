"""Default records that come with a later version.

They are never created by an update (`forcecreate="0"`: what an administrator deleted stays deleted), so the version
that brings them creates them, once, from its migration.
"""

from lxml import etree

from odoo.tools import file_open
from odoo.tools.convert import xml_import


def create_new(env, module, files):
    """Create the new ones of a module's default records; those that are there stay as they are.

    :param dict files: {data file of the module: ids of the new records in it, or None for all}
    """
    for name, wanted in files.items():
        with file_open(f"{module}/{name}", "rb") as stream:
            tree = etree.parse(stream)
        for record in tree.getroot().findall(".//record"):
            new = wanted is None or record.get("id") in wanted
            if not new or env.ref(f"{module}.{record.get('id')}", raise_if_not_found=False):
                record.getparent().remove(record)
        if tree.getroot().findall(".//record"):
            xml_import(env, module, {}, "init", noupdate=True, xml_filename=name).parse(tree.getroot())
