"""Which errors say that memory ran out: NumPy, TensorFlow and JAX each have their own."""

from __future__ import annotations

ERRORS = ("MemoryError", "_ArrayMemoryError", "ResourceExhaustedError")
XLA_ERRORS = ("XlaRuntimeError", "JaxRuntimeError")


def ran_out(name: str, message: str) -> bool:
    """Whether an error, by the name of its class and its message, means that there was no more memory."""
    return name in ERRORS or (name in XLA_ERRORS and message.startswith("RESOURCE_EXHAUSTED"))
