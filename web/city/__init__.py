"""The living city: customers, technicians and chance, driving the real services (demo and simulation)."""
