"""Text helpers that know nothing of Batch: near matches, globs, secrets, what may be shown on a terminal."""
