"""A text in an editor: positions in it, the values in it, and what the cursor is at. Pure."""
