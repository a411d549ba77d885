"""The law as data: one chapter per service and state, dated by school year, every value with its source."""
