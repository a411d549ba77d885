"""Receipts of what a card shows: the steps from what is public to a number or a status, which anyone can do again."""
