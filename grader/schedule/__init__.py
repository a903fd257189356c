"""When and where jobs run: in what order, how many at once, in a pool of threads that each borrow a sandboxed worker."""

from grader.schedule.local import run_all
from grader.schedule.longest_first import longest_first
from grader.schedule.room import room_for

__all__ = ["longest_first", "room_for", "run_all"]
