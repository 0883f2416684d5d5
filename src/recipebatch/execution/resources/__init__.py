"""What runs have made and the service still has: what is left of one run, what earlier runs hold, and orphans."""
