"""Measurements: seeded technician days and what planning them takes."""
