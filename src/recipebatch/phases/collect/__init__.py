"""The phase collect: outputs and task files are downloaded, verified and listed in a manifest."""
