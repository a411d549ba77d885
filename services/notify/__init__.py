"""Notify: runs the legal clock of parent notices."""
