"""What nodes are made of: marketplace images, node agents and VM sizes, and until when there are."""
