"""The zoo: published networks as specs (package data)."""
