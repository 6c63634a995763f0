"""One order line: its state, what happens to it, what is decided and what comes next."""
