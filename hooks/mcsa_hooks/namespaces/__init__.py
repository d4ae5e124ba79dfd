"""The hooks that make imports in a namespace from the list in its annotation."""
