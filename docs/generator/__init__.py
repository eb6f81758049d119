"""What the documentation is made with: runs of rflint, marks in pages, tables from the code, figures."""
