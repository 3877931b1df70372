"""Training: fits models on rows that dbt prepared, judges them, and books them in the registry.

Owns: the registry's tables, the statistics of fitting and judging. Refuses: saying who may be
scored, what a feature or a label is, what a person's score is; models and seeds say it.
"""
