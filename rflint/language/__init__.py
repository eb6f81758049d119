"""The spec language: from a checked document to the graph it describes."""
