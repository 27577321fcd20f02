"""Where one more job fits, answered in one pass over arrays of every gap of every route."""
