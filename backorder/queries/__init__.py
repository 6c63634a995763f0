"""What people and programs read. Nothing here writes, locks or wakes anybody."""
