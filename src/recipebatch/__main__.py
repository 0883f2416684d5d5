"""`python -m recipebatch`: the same as the `recipebatch` command."""

from recipebatch.cli.app import main

if __name__ == "__main__":
    main()
