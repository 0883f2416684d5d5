"""What the service refuses, with which code, status and text."""
