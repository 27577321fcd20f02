"""The fast engine: ruin and recreate in compiled code, routes recombined by CP-SAT."""
