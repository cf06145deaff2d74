"""A database engine for Django: its own for PostgreSQL, with a cheaper look at each connection of the pool."""
