"""What an editor asks for, as plain functions from a text and a position. Pure."""
