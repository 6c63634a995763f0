"""Backorder: durable backorders on Temporal."""
