"""Operations of the Batch service in groups, as parts of `AzureBatch`."""
