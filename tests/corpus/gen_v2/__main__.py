"""Prints the source of a random pipeline, or what comes of many.

python -m tests.corpus.gen_v2 show SEED
python -m tests.corpus.gen_v2 check COUNT [--first SEED] [--keep FOLDER] [--list]
"""

from __future__ import annotations

import argparse
import functools
import sys
import warnings
from pathlib import Path

from tests.corpus.gen_v2.check import of_seed
from tests.corpus.gen_v2.source import source
from tests.corpus.python_back import CRASHED, DIFFERENT, REFUSED, results, table


def main() -> int:
    """1 if a pipeline is another one, is refused, or the decompiler fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["show", "check"])
    parser.add_argument("number", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="a line for each seed")
    chosen = parser.parse_args()
    if chosen.what == "show":
        print(source(chosen.number), end="")
        return 0
    warnings.simplefilter("ignore")
    seeds = range(chosen.first, chosen.first + chosen.number)
    work = functools.partial(of_seed, keep=chosen.keep)
    done = []
    for one in results(work, [Path("generated", str(seed)) for seed in seeds], chosen.jobs):
        done.append(one)
        if chosen.list:
            print(one.outcome, one.path.name, *one.reasons[:4], sep="\t", flush=True)
    print(*table(done), sep="\n")
    return int(any(one.outcome in (DIFFERENT, CRASHED, REFUSED) for one in done))


if __name__ == "__main__":
    sys.exit(main())
