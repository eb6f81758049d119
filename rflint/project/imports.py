"""What specs import: files of the same repository, opened relative to the importing one."""

from __future__ import annotations

import os
import re
import stat

from rflint.project.files import Opened, display_path, inside, read_regular, why_unreadable

# os.path throughout, as in `rflint.project.files`.
# ruff: noqa: PTH116, PTH118, PTH120


class ImportOpener:
    """Opens what a spec imports: relative to the importing file, never outside of one folder, never without bound."""

    def __init__(self, root: str, limit: int) -> None:
        #: The repository, or what stands for it.
        self.root = os.path.realpath(root)
        #: Largest file in bytes; one byte more is read, for the reader to see that it is too large.
        self.limit = limit

    def __call__(self, importing: str, name: str) -> Opened:
        """Open `name` as written in the file printed as `importing`: its own print form and bytes, or why not."""
        if not name or "\0" in name or "\\" in name:
            return "is not a path: imports are written with `/`, relative to this file"
        if name.startswith("/") or re.match(r"[A-Za-z]:", name):
            return "is an absolute path; imports are relative to this file"
        path = os.path.normpath(os.path.join(os.path.dirname(importing), name))
        real = os.path.realpath(path)
        if not inside(real, self.root):
            return "leads outside of the repository; only files inside can be imported"
        try:
            if not stat.S_ISREG(os.stat(real).st_mode):
                return "is not a file"
            return display_path(path), read_regular(real, self.limit)
        except FileNotFoundError:
            return "does not exist"
        except OSError as error:
            return why_unreadable(error)
