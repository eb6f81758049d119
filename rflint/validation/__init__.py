"""The published schemas: built from the ops table, compiled for the way of every run, refereed by jsonschema."""
