"""Runs the platform: lands data, calls dbt, sends what the outbox holds."""
