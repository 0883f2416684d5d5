"""Text helpers that know nothing of Batch: near matches, globs, secrets."""
