"""Rows that name a document by ``res_model`` and ``res_id``: how that document is opened. No model, a function."""


def open_record(row):
    """The window action that opens the document of one row.

    :param row: one record with ``res_model`` and ``res_id``
    """
    row.ensure_one()
    return {
        "type": "ir.actions.act_window",
        "res_model": row.res_model,
        "res_id": row.res_id,
        "views": [[False, "form"]],
    }
