"""Words: numbers, lists, names and axes as sentences have them."""
