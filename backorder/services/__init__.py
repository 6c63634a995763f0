"""The use cases: one a file, one transaction each. Whoever calls notifies after the commit."""
