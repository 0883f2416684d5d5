"""The Batch and blob services through the Azure SDKs; their quirks are known here and nowhere else."""
