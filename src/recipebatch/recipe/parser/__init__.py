"""A checked document → Recipe."""
