"""What ngrok's words mean."""

from __future__ import annotations

from colabwidget.core.errors import ERRORS, ColabWidgetError

#: Codes that mean the same for a user.
SAME = {"121": "120"}


def ngrok_error(number: str, said: str = "") -> ColabWidgetError:
    """Return the error for ``ERR_NGROK_<number>``.

    Parameters
    ----------
    number
        The digits behind ``ERR_NGROK_``.
    said
        ngrok's own sentence, free of secrets; shown for codes that are not in the table.
    """
    code = f"ngrok_{SAME.get(number, number)}"
    if code in ERRORS:
        return ColabWidgetError(code)
    reason = f"{said} (ERR_NGROK_{number})".strip()
    return ColabWidgetError("ngrok_other", reason=reason, page=f"err_ngrok_{number}")
