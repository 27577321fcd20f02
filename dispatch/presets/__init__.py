"""Promise rules as data, one file an operator."""
