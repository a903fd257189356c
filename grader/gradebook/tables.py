"""The gradebook's tables. A result is never changed or deleted: a later one replaces it in the views."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""Version of these tables, kept in `meta`."""

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
    Column("marked_at", DateTime(timezone=True), nullable=False),
    Index("marks_by_student", "assignment", "student", "exercise", "id"),
)
"""What people gave for answers that people read. None as points takes a mark back; earlier rows are the audit trail."""
