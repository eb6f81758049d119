"""Names of layers by globs: `backbone/*/conv1`, where `*` stands for any text, `/` too."""


def covers(glob: str, layer: str) -> bool:
    """Whether a glob names a layer, or an instance that it lies in.

    In one pass, whatever the glob: what stands between two `*` is taken where it comes first, which leaves most to those
    behind it.  (As a regular expression, a hostile glob of many `*` takes time exponential in their number.)
    """
    path = f"{layer}/"
    first, *others = f"{glob}/".split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in others:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
