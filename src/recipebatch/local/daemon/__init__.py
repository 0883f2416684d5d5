"""The background service as a process: started, recorded, locked and ended."""
