"""How long something on this machine wanted a processor and got none, as Linux counts it (Documentation/accounting/psi.rst)."""

from __future__ import annotations

from pathlib import Path

FILE = Path("/proc/pressure/cpu")


class Pressure:
    """Since it was made. Where the system doesn't count, it is always 0."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._begun = self._total()

    def seconds(self) -> float:
        """Seconds in which at least one process waited."""
        return max(0.0, self._total() - self._begun) / 1e6

    def _total(self) -> int:
        try:
            some = self._file.read_text().splitlines()[0]
            return int(some.rsplit("total=", 1)[1])
        except (OSError, ValueError, IndexError):
            return 0
