"""The REST protocol: bodies, errors, paging, filters and how resources are shown."""
