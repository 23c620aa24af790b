"""Pin every dependency to the version that resolves today, without hosts or hashes.

Run ``uv run python .ci/pin.py``: it resolves the workspace anew and writes the versions into
``[tool.uv] constraint-dependencies`` of the root ``pyproject.toml``.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"constraint-dependencies = \[\n.*?^\]\n", re.DOTALL | re.MULTILINE)


def resolved() -> list[str]:
    """Return ``name==version ; marker`` of everything that the workspace needs."""
    subprocess.run(["uv", "lock", "--quiet", "--upgrade"], cwd=ROOT, check=True)
    listing = subprocess.run(
        ["uv", "export", "--quiet", "--all-packages", "--all-groups", "--all-extras",
         "--no-hashes", "--no-annotate", "--no-header", "--no-emit-workspace"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [line.strip() for line in listing.splitlines() if "==" in line]


def main() -> None:
    """Replace the block of pins."""
    path = ROOT / "pyproject.toml"
    empty = BLOCK.sub("constraint-dependencies = [\n]\n", path.read_text(encoding="utf-8"))
    path.write_text(empty, encoding="utf-8")
    lines = "".join(f'  "{pin}",\n' for pin in resolved())
    pinned = BLOCK.sub(lambda _: f"constraint-dependencies = [\n{lines}]\n", empty)
    path.write_text(pinned, encoding="utf-8")
    subprocess.run(["uv", "lock", "--quiet"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
