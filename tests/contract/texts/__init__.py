"""Texts by Twilio: what is refused, and what is looked up."""
