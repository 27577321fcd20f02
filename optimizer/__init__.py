"""Technician routing as a library: a problem in, a plan out (`solve`), checked (`check`), quoted, explained.

Mathematics only: it knows no database, no network and none of Punctual's other packages.
"""
