"""What an account offers: images, application packages and its own storage account."""
