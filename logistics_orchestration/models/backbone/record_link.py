"""How a document is opened: the document itself, or one that a row names by ``res_model`` and ``res_id``. No model."""


def open_form(record):
    """The window action that opens the form of one record.

    :param record: a record, or an empty one for a new document of its model
    """
    return _form(record._name, record.id)


def open_record(row):
    """The window action that opens the document of one row.

    :param row: one record with ``res_model`` and ``res_id``
    """
    row.ensure_one()
    return _form(row.res_model, row.res_id)


def _form(model, res_id):
    return {"type": "ir.actions.act_window", "res_model": model, "res_id": res_id, "views": [[False, "form"]]}
