"""rflint in an editor: a core of pure functions over a document (`Snapshot`), and one module that speaks the protocol (`server`)."""
