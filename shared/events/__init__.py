"""Contracts: one module a topic. Events are facts: past tense, complete, frozen, extra keys refused."""
