"""`./run train`: trains on what the warehouse holds; `rollback MODEL VERSION REASON` undoes it."""

from __future__ import annotations

import argparse
import os
import sys

from orchestration.predictions.registry import Registry, training_as_of
from orchestration.warehouse import open_warehouse


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="orchestration.predictions", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("train")
    back = commands.add_parser("rollback")
    back.add_argument("model")
    back.add_argument("version", type=int, help="0: the rule scores")
    back.add_argument("reason")
    back.add_argument("--by", default=os.environ.get("USER", "unknown"))
    options = parser.parse_args()
    with open_warehouse() as warehouse:
        if options.command == "rollback":
            try:
                Registry(warehouse).decide(
                    options.model, options.version, options.by, options.reason, training_as_of()
                )
            except ValueError as wrong:
                sys.stderr.write(f"{wrong}\n")
                return 2
            return 0
        from orchestration.predictions.training import train_all

        for row in train_all(warehouse, training_as_of()):
            numbers = (
                f"{row['model_metric']:.3f} against {row['rule_metric']:.3f}"
                if "model_metric" in row
                else row["reason_text"]
            )
            sys.stdout.write(
                f"{row['model_name']:<28}{row['status_code']:<13}{row['reason_code']:<26}{numbers}\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
