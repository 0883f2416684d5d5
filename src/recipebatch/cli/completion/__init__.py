"""What a shell completes on the command line: commands, options, and values of this machine, without a network."""
