"""What every way of sending, and every text that is sent, must hold to."""
