"""Notebooks as documents: reading, repairing, aligning; nothing here runs one."""
