"""What to type where there are no clusters or no imports."""


def no_clusters(context: str) -> str:
    """The sentence where no cluster is registered and there is no import."""
    return (
        f"context {context}: no cluster is registered: run kubemcsa bootstrap --target-context"
        f" {context} --source-context CONTEXT --service-account NAMESPACE/NAME."
    )


def no_imports(context: str, namespace: str | None, elsewhere: str) -> str:
    """The sentence where a namespace, or the cluster if it is None, has no imports.

    `elsewhere` says how the command looks at all namespaces.
    """
    if namespace is None:
        return (
            f"context {context}: there are no imports: see kubectl --context {context} explain"
            " serviceaccountimport.spec, and kubemcsa clusters for the clusters to import from."
        )
    return (
        f"context {context}: namespace {namespace} has no imports: {elsewhere} for those of all"
        " namespaces."
    )
