"""The phase provision: pools are created, resized or kept, and their nodes are waited for."""
