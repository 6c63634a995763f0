"""The shop's rules, and reading them from a file."""
