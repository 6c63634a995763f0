"""The duties that law puts on who sells what is not in stock: packs of rules, as data and pure functions."""
