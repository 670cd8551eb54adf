"""Trains the line model that classification ships. Reads ``../shared/data`` and the project's own council line; writes one folder."""
