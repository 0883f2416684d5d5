"""The files of a node: its directories, downloads, uploads, mounts and application packages."""
