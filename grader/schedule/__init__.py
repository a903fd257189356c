"""Where jobs run: a pool of threads on this machine, each borrowing a sandboxed worker."""

from grader.schedule.local import run_all

__all__ = ["run_all"]
