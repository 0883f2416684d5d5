"""Azure Batch's own words: ids, states, limits and error codes; imports nothing of ours."""
