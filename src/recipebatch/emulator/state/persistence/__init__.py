"""The state on disk: rows of an SQLite database."""
