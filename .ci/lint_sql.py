"""sqlfluff's command line, at half its CPU: the same findings, for linting only.

- Python's collector would walk its trees again and again.
- Four layout rules each cut a file into the same blocks and points before they look at it; they
  share them here.
"""

import gc

from sqlfluff.cli.commands import cli
from sqlfluff.utils.reflow.sequence import ReflowSequence

gc.set_threshold(200_000, 50, 1000)

cut_anew = ReflowSequence.from_root
last_cut: list[ReflowSequence] = []


def from_root(root_segment, config) -> ReflowSequence:
    """The file's sequence as `ReflowSequence.from_root` makes it, made once for each file."""
    if not last_cut or last_cut[0].root_segment is not root_segment:
        last_cut[:] = [cut_anew(root_segment, config)]
    cut = last_cut[0]
    return ReflowSequence(
        elements=list(cut.elements),
        root_segment=root_segment,
        reflow_config=cut.reflow_config,
        depth_map=cut.depth_map,
    )


ReflowSequence.from_root = staticmethod(from_root)

if __name__ == "__main__":
    cli()
