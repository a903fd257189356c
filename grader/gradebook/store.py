"""Reads and writes the gradebook through SQLAlchemy Core, the same code for SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from grader.errors import MachineError, UsageError
from grader.evidence import Status
from grader.gradebook import tables
from grader.mark import Mark
from grader.records import decode, encode
from grader.report import Report

PAGE = 200


@dataclass(frozen=True, kw_only=True)
class StoredResult:
    """The newest result of one student's submission."""

    student: str
    file: str
    sha256: str
    job: str
    """Key of the job folder that holds its evidence; empty when nothing was run."""
    report: Report
    graded_at: datetime


class Gradebook:
    """Results of grading, kept for good. Safe to use from several threads."""

    def __init__(self, url: str, version: str) -> None:
        """Opens the gradebook and makes its tables where there are none.

        Args:
            url: `sqlite:///path` or `postgresql+psycopg://…`.
            version: Grader's version, noted with each run.

        Raises:
            UsageError: the URL is not understood.
            MachineError: the database can't be reached, or is of a newer version.
        """
        self._version = version
        # SQLite takes one writer at a time; waiting here beats "database is locked".
        self._lock = threading.Lock()
        try:
            parsed = make_url(url)
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine: Engine = sql.create_engine(parsed, future=True)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise UsageError(
                f"can't open the gradebook: {error}",
                where=url,
                remedy="use sqlite:///FILE or postgresql://USER@HOST/DATABASE (with pip install 'grader[postgres]')",
            ) from error
        self._name = parsed.render_as_string(hide_password=True)
        self._prepare()

    @classmethod
    def at(cls, path: Path, version: str) -> Gradebook:
        """The SQLite gradebook in a file."""
        return cls(f"sqlite:///{path}", version)

    def _prepare(self) -> None:
        try:
            with self._engine.begin() as connection:
                if self._engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                tables.metadata.create_all(connection)
                found = connection.execute(
                    sql.select(tables.meta.c.value).where(tables.meta.c.key == "version")
                ).scalar()
                if found is None:
                    connection.execute(sql.insert(tables.meta).values(key="version", value=str(tables.VERSION)))
                elif int(found) < tables.VERSION:
                    tables.upgrade(connection)
                elif int(found) > tables.VERSION:
                    raise MachineError(
                        f"the gradebook is of version {found}, this Grader knows {tables.VERSION}",
                        where=self._name,
                        remedy="upgrade Grader",
                    )
        except DBAPIError as error:
            raise MachineError(
                f"the gradebook can't be opened: {error.orig}",
                where=self._name,
                remedy="is the server up, the file writable?",
            ) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing.

        Raises:
            MachineError: the database refuses: a full disk, a server that went.
        """
        with self._lock, self._explained("written"), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._explained("read"), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise MachineError(
                f"the gradebook can't be {what}: {error.orig}",
                where=self._name,
                remedy="is the disk full, the server up, the file writable? What was graded is kept; the same command goes on",
            ) from error

    def start(self, assignment: str, *, kind: str, data_source: str) -> int:
        """Notes that a run began; `kind` is `grade` or `regrade`. Returns its number."""
        with self._writing() as connection:
            inserted = connection.execute(
                sql.insert(tables.runs).values(
                    assignment=assignment,
                    kind=kind,
                    data_source=data_source,
                    started=datetime.now(UTC),
                    grader_version=self._version,
                )
            )
            key = inserted.inserted_primary_key
            return int(key[0]) if key else 0

    def finish(self, run: int) -> None:
        """Notes that a run ended."""
        with self._writing() as connection:
            connection.execute(
                sql.update(tables.runs).where(tables.runs.c.id == run).values(finished=datetime.now(UTC))
            )

    def add(self, run: int, results: Sequence[tuple[Report, str]]) -> None:
        """Adds results, each with the key of its job folder, in one transaction."""
        if not results:
            return
        now = datetime.now(UTC)
        rows = [
            {
                "run_id": run,
                "assignment": report.assignment,
                "student": report.submission.student,
                "file": report.submission.file,
                "sha256": report.submission.sha256,
                "job": job,
                "status": report.status.value,
                "score": report.score,
                "max_score": report.max_score,
                "report": encode(report).decode(),
                "graded_at": now,
            }
            for report, job in results
        ]
        with self._writing() as connection:
            connection.execute(sql.insert(tables.results), rows)

    def latest(self, assignment: str) -> tuple[StoredResult, ...]:
        """The newest result of each student, by name; a machine's fault never stands before an earlier mark."""
        return tuple(self.each_latest(assignment))

    def each_latest(self, assignment: str) -> Iterator[StoredResult]:
        """As `latest`, read a page at a time: a large class's reports need not be in memory together."""
        r = tables.results
        order = sql.select(r.c.id, r.c.student, r.c.status).where(r.c.assignment == assignment).order_by(r.c.id)
        newest: dict[str, tuple[bool, int]] = {}
        with self._reading() as connection:
            for row in connection.execute(order):
                judged = row.status != Status.MACHINE_ERROR
                if judged or not newest.get(row.student, (False, 0))[0]:
                    newest[row.student] = (judged, row.id)
        students = sorted(newest)
        for at in range(0, len(students), PAGE):
            numbers = [newest[student][1] for student in students[at : at + PAGE]]
            with self._reading() as connection:
                rows = {row.id: row for row in connection.execute(sql.select(r).where(r.c.id.in_(numbers)))}
            for number in numbers:
                row = rows[number]
                yield StoredResult(
                    student=row.student,
                    file=row.file,
                    sha256=row.sha256,
                    job=row.job,
                    report=decode(row.report.encode(), Report, where=f"{self._name}, result {row.id}"),
                    graded_at=row.graded_at,
                )

    def mark(self, assignment: str, given: Sequence[Mark]) -> None:
        """Adds marks in one transaction; a later mark replaces an earlier one, which stays in the audit trail.

        Raises:
            UsageError: points that are negative or no number.
        """
        for one in given:
            if one.points is not None and not 0 <= one.points < float("inf"):
                raise UsageError(
                    f"{one.points} is no number of points", where=f"{one.student}, {one.exercise}", remedy="0 or more"
                )
        if given:
            now = datetime.now(UTC)
            rows = [tables.mark_row(assignment, one, now) for one in given]
            with self._writing() as connection:
                connection.execute(sql.insert(tables.marks), rows)

    def marks(self, assignment: str) -> dict[tuple[str, str], Mark]:
        """The newest marks that were not taken back, by student and exercise, whichever answer they were given for."""
        newest = {(one.student, one.exercise): one for one in self.mark_trail(assignment)}
        return {key: one for key, one in newest.items() if one.points is not None}

    def mark_trail(self, assignment: str) -> tuple[Mark, ...]:
        """Every mark that was ever given, oldest first."""
        m = tables.marks
        with self._reading() as connection:
            rows = connection.execute(sql.select(m).where(m.c.assignment == assignment).order_by(m.c.id))
            return tuple(tables.mark_of(row) for row in rows)

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
