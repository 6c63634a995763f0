"""A policy tried on what has been: recorded lines played through the simulator, and what came of it."""
