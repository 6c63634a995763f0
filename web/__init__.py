"""HTTP only: calls services and queries, never tables."""
