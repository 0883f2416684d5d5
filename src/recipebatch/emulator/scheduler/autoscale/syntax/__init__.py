"""The syntax of autoscale formulas: text → statements."""
