"""Text helpers that know nothing of Batch: near matches, globs, durations for people, secrets."""
