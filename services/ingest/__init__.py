"""Ingest: takes what districts and the state push, and lets in, parks or refuses each record."""
