"""What can be done: one verb a file, one use case a transaction."""
