"""Medians, ratios and targets, as text."""

from dataclasses import dataclass
from statistics import median
from typing import Callable, Optional


@dataclass
class Row:
    """A line of a table: what was measured of ours, and of the peer where there is one."""

    what: str
    ours: list
    peers: Optional[list] = None
    form: Callable = "{:.2f} s".format
    target: str = ""
    reached: Optional[Callable] = None  # of our median and the ratio

    def cells(self):
        own = median(self.ours)
        other = median(self.peers) if self.peers else None
        ratio = own / other if other else None
        verdict = ""
        if self.reached:
            verdict = "reached" if self.reached(own, ratio) else "MISSED"
        return [self.what, self.form(own), self.form(other) if other is not None else "",
                f"{ratio:.3f}" if ratio is not None else "", spread(self.ours, self.form), self.target, verdict]


def spread(values, form):
    return f"{form(min(values))} – {form(max(values))}" if len(values) > 1 else ""


def milliseconds(seconds):
    return f"{seconds * 1000:.0f} ms"


def megabytes(count):
    return f"{count / (1 << 20):.1f} MiB"


def rate(per_gigabyte):
    return f"{per_gigabyte:.2f} s/GB"


def count(number):
    return f"{number:.0f}"


def memory(ours, peers=None):
    return Row("peak memory", ours, peers, megabytes, "≤ 64 MiB", lambda own, _: own <= 64 << 20)


def head(peer):
    return ["", "maas-mirror", peer, "ratio", "least – most", "target", ""]


def table(title, rows, notes=(), peer="sstream-mirror"):
    cells = [head(peer)] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [title]
    for line in cells:
        padded = [line[0].ljust(widths[0])] + [text.rjust(width) for text, width in zip(line[1:], widths[1:])]
        lines.append("  " + "  ".join(padded).rstrip())
    lines += [f"  {note}" for note in notes]
    return "\n".join(lines) + "\n"
