"""Sends what the outbox holds to its destinations and books every answer in the ledger."""
