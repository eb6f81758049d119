"""Script and style of the HTML report, as they are written into the page (`rflint.formatters.html`)."""
