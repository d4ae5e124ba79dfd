"""Why an import is not Ready: a function for each row of the table in docs/troubleshooting.md."""

from mcsa_core.names import SYSTEM_NAMESPACE, Reason
from mcsa_hooks.serviceaccountimports.not_ready import NotReadyError
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport


def not_allowed() -> NotReadyError:
    """An import outside the system namespace names an account of the source's one."""
    return NotReadyError(
        Reason.NOT_ALLOWED,
        f"The source's namespace {SYSTEM_NAMESPACE} holds credentials and can't be imported"
        " from here: import another account.",
        keep=False,
        retry=False,
    )


def secret_conflict(sai: ServiceAccountImport) -> NotReadyError:
    """The name of the import's Secret is taken."""
    return NotReadyError(
        Reason.SECRET_CONFLICT,
        f"Secret {sai.secret_name} exists and is not one that this import can write:"
        " delete it, or rename the import.",
        retry=False,
    )


def cluster_not_bootstrapped(sai: ServiceAccountImport) -> NotReadyError:
    """There is no Secret with a credential for the cluster."""
    # A first run that names no account allows all of them.
    scope = f" --service-account {sai.account_namespace}/{sai.account_name}"
    return NotReadyError(
        Reason.CLUSTER_NOT_BOOTSTRAPPED,
        f"Cluster {sai.cluster} has no credential here: correct clusterName, or"
        f" {bootstrap_again(sai.cluster)}"
        f"{'' if sai.renews_credential else scope}, or to create Secret"
        f" {SYSTEM_NAMESPACE}/{sai.cluster}.",
        retry=False,
    )


def credential_malformed(cluster: str, secret_name: str, refusal: str) -> NotReadyError:
    """The Secret holds no credential that can be used; `refusal` names the field."""
    return NotReadyError(
        Reason.CREDENTIAL_INVALID,
        f"The credential for cluster {cluster} in Secret {SYSTEM_NAMESPACE}/{secret_name} can't be"
        f" used: {refusal}.",
    )


def credential_refused(cluster: str) -> NotReadyError:
    """The cluster answers 401 to each credential."""
    return NotReadyError(
        Reason.CREDENTIAL_INVALID,
        f"Cluster {cluster} refuses the credential that is here: {bootstrap_again(cluster)}.",
    )


def credential_expired(cluster: str) -> NotReadyError:
    """The credential has expired; nothing but a new one helps."""
    return NotReadyError(
        Reason.CREDENTIAL_EXPIRED,
        f"The credential for cluster {cluster} has expired: {bootstrap_again(cluster)}.",
        retry=False,
    )


def unreachable(cluster: str, words: str, after: int = 0) -> NotReadyError:
    """The cluster gives no answer that can be used; `words` go on after the cluster's name."""
    return NotReadyError(Reason.CLUSTER_UNREACHABLE, f"Cluster {cluster} {words}.", after=after)


def forbidden(sai: ServiceAccountImport) -> NotReadyError:
    """The credential lacks a right."""
    if sai.account_namespace.startswith("kube-"):
        remedy = (
            "no cluster gets a token of kube-* namespaces, so give its roles to a service account"
            " of another namespace, and import that"
        )
    else:
        account = f"{sai.account_namespace}/{sai.account_name}"
        remedy = (
            f"{bootstrap_again(sai.cluster)} --service-account {account}, or correct the import, or"
            " delete it"
        )
    return NotReadyError(
        Reason.FORBIDDEN,
        f"The credential for cluster {sai.cluster} may not get, or request a token of,"
        f" {account_of(sai)}: {remedy}.",
    )


def rejected(sai: ServiceAccountImport) -> NotReadyError:
    """The cluster answers 400 or 422 to the token request."""
    return NotReadyError(
        Reason.REJECTED,
        f"Cluster {sai.cluster} rejects the token request: check expirationSeconds and audiences.",
    )


def audiences_too_long(sai: ServiceAccountImport) -> NotReadyError:
    """A token with these audiences would be longer than 16 KiB."""
    return NotReadyError(
        Reason.REJECTED,
        f"The audiences of import {sai.namespace}/{sai.name} do not fit into a token"
        " of 16 KiB: ask for fewer, or for shorter ones of visible ASCII.",
        retry=False,
    )


def revoked(sai: ServiceAccountImport) -> NotReadyError:
    """The grant is gone, and with it all tokens that were bound to it."""
    if sai.renews_credential:
        return credential_refused(sai.cluster)
    return NotReadyError(
        Reason.REVOKED,
        f"Cluster {sai.cluster} has taken back what it gave for namespace {sai.account_namespace}:"
        f" {bootstrap_again(sai.cluster)} to have it again.",
        keep=False,
    )


def service_account_not_found(sai: ServiceAccountImport) -> NotReadyError:
    """The remote service account is gone."""
    return NotReadyError(
        Reason.SERVICE_ACCOUNT_NOT_FOUND,
        f"There is no {account_of(sai)}: create it, or correct the import.",
        keep=False,
    )


def account_of(sai: ServiceAccountImport) -> str:
    """The imported service account, for messages."""
    return f"service account {sai.account_namespace}/{sai.account_name} of cluster {sai.cluster}"


def bootstrap_again(cluster: str) -> str:
    """What makes a new credential with the scope of before; developers can't run it."""
    contexts = "--target-context TARGET_CONTEXT --source-context SOURCE_CONTEXT"
    return f"ask an administrator to run kubemcsa bootstrap {contexts} --source-name {cluster}"
