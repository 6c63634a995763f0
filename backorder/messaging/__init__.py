"""Putting messages into words and handing them to a provider."""
