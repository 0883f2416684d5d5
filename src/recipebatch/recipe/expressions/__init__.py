"""The syntax of `${{ … }}` in a value: where it stands, which names it uses, how a shell quotes it."""
