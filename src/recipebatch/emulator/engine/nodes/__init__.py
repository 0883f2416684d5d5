"""Pools and their nodes: allocation, boot, set-up, recovery, automatic scaling."""
