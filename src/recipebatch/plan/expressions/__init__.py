"""Values of expressions: evaluated in a sandbox, quoted for the shell of the nodes."""
