"""What `docs/build.py` is made of: runs of rflint, marks in pages, tables from the code, figures."""
