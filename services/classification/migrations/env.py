"""Alembic's entry: everything is in the runtime."""

from wardmote_runtime.migrations import run_here

run_here()
