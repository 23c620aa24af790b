"""Refuse tracked files that name a package index's host or an absolute path of a machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
# Written in pieces, so that this file passes its own check.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "ana" + "conda.org", "conda" + "-forge.org"]
FOLDERS = r"/(?:home|Users|root|mnt|workspace)/[\w.-]+|(?<![\w.])/tmp/[a-z]\w*/"


def configured_hosts() -> list[str]:
    """Return the hosts of the index that this machine uses, wherever they are set."""
    texts = [v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_")) and "://" in v]
    pip = shutil.which("pip") or shutil.which("pip3")
    if pip:
        listing = subprocess.run(
            [pip, "config", "list"], capture_output=True, text=True, check=False
        )
        texts += re.findall(r"\w+://[^\s'\"]+", listing.stdout)
    hosts = {urlsplit(t).hostname for text in texts for t in text.split()}
    return sorted(h for h in hosts if h and h != "localhost")


def problems() -> list[str]:
    """Return one line for each place that breaks the rule."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    names = [re.escape(h) for h in [*HOSTS, *configured_hosts()]]
    here = [re.escape(str(ROOT)), re.escape(str(ROOT.parent)) + r"/\w"]
    if ROOT.parent == Path(ROOT.anchor):
        here.pop()
    pattern = re.compile("|".join([*names, *here, FOLDERS]))
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            match = pattern.search(line)
            if match:
                found.append(f"{name}:{number}: {match.group()!r}")
        if path.name == "uv.lock":
            found.append(f"{name}: is generated and holds hosts; it is not tracked")
    return found


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines) or "no tracked file names a package index host or a machine's path")
    sys.exit(bool(lines))
