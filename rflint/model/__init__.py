"""The values that travel: places, findings, the graph, what an op and a rule are, the report."""
