"""Parts of `in_cell.py`."""
