"""What would have to change for a job that a plan leaves out: the cheapest changes, each proven by the checker."""
