"""Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all."""

__version__ = "0.1.0"
