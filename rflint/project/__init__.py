"""What surrounds a spec: files, configuration, plug-ins, settings, the specs that import it."""

from rflint.project.settings import Place, Settings

__all__ = [
    "Place", "Settings", "baselines", "config", "dependents", "files", "imports", "models", "plugins",
    "recognition", "revisions", "scaffold", "sources", "writing",
]  # fmt: skip
