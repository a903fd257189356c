"""The gradebook's tables. A result is never changed or deleted: a later one replaces it in the views."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    inspect,
    text,
    update,
)

from grader.mark import Mark

VERSION = 2
"""Version of these tables, kept in `meta`. 2: marks know the answer and the criteria that they are for."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("data_source", String(20), nullable=False),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("finished", DateTime(timezone=True)),
    Column("grader_version", String(40), nullable=False),
)

results = Table(
    "results",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("assignment", String(200), nullable=False),
    Column("student", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("job", String(80), nullable=False),
    Column("status", String(20), nullable=False),
    Column("score", Float),
    Column("max_score", Float, nullable=False),
    Column("report", Text, nullable=False),
    Column("graded_at", DateTime(timezone=True), nullable=False),
    Index("results_by_student", "assignment", "student", "id"),
)

marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(200), nullable=False),
    Column("student", Text, nullable=False),
    Column("exercise", String(200), nullable=False),
    Column("points", Float),
    Column("comment", Text, nullable=False),
    Column("marked_by", Text, nullable=False),
    Column("answer", String(64), nullable=False, server_default=""),
    Column("criteria", Text, nullable=False, server_default="{}"),
    Column("marked_at", DateTime(timezone=True), nullable=False),
    Index("marks_by_student", "assignment", "student", "exercise", "id"),
)
"""What people gave for answers that people read. None as points takes a mark back; earlier rows are the audit trail."""


def upgrade(connection: Connection) -> None:
    """Gives the tables of an earlier version what they lack; what is in them stays."""
    present = {column["name"] for column in inspect(connection).get_columns("marks")}
    for name, kind in (("answer", "VARCHAR(64) DEFAULT ''"), ("criteria", "TEXT DEFAULT '{}'")):
        if name not in present:
            connection.execute(text(f"ALTER TABLE marks ADD COLUMN {name} {kind} NOT NULL"))
    connection.execute(update(meta).where(meta.c.key == "version").values(value=str(VERSION)))


def mark_row(assignment: str, mark: Mark, now: datetime) -> dict[str, Any]:
    """A mark as the table keeps it."""
    return {
        "assignment": assignment,
        "student": mark.student,
        "exercise": mark.exercise,
        "points": mark.points,
        "comment": mark.comment,
        "marked_by": mark.marked_by,
        "answer": mark.answer,
        "criteria": json.dumps(dict(mark.criteria)),
        "marked_at": now,
    }


def mark_of(row: Row[Any]) -> Mark:
    """A mark as the table has it."""
    return Mark(
        student=row.student,
        exercise=row.exercise,
        points=row.points,
        comment=row.comment,
        answer=row.answer,
        criteria=json.loads(row.criteria),
        marked_by=row.marked_by,
        marked_at=row.marked_at,
    )
