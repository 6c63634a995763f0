"""Pages for customer service and buyers: `/console/`."""
