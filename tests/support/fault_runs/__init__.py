"""Fault runs: a whole shop in one kind of trouble each; nobody may be forgotten or told twice."""
