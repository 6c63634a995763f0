"""The pages that customers open from their messages."""
