"""Events on their way to receivers, and the receivers themselves."""
