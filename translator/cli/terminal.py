"""The style of findings on the current terminal."""

from __future__ import annotations

import os
import sys

from translator.diagnostics import report


def terminal_style(*, verbose: bool = False) -> report.Style:
    """Colours only on a terminal, unless ``NO_COLOR`` is set; lines as wide as it is."""
    if not sys.stderr.isatty():
        return report.Style(verbose=verbose)
    import shutil

    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    # The line number and the bar before a source line take 8 columns.
    width = max(shutil.get_terminal_size((108, 24)).columns - 8, 40)
    return report.Style(colour=colour, verbose=verbose, width=width)
