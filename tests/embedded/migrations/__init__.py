"""The sessions' migrations of a later release, for a test of what `up` does before it migrates."""
