"""What is allowed: pure functions and tables, standard library only."""
