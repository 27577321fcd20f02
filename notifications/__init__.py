"""Verbs of saying: facts become messages; every sentence stands in one catalogue (`wording.py`)."""
