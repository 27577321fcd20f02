"""The business: orders, visits, promises, routes, people, cases."""
