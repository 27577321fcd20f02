"""The reference engine: OR-Tools routing, with every constraint and price as one method."""
