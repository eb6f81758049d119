"""Questions to an analysis, one a module, each with a frozen answer."""
