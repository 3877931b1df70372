"""Lands raw tables: here the demo world; in production a loader does it."""
