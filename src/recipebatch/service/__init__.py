"""The Batch and blob services: what the phases ask of them, and how the SDKs are made to answer."""

from recipebatch.service.bounded_call import call_within
from recipebatch.service.documents import Document, DocumentChangedError, Lease, LeaseLostError
from recipebatch.service.guarded_services import guarded_batch, guarded_blobs
from recipebatch.service.node_access import SignedAccess
from recipebatch.service.protocols import BatchService, BlobStore
from recipebatch.service.quotas import AccountQuotas, family_of
from recipebatch.service.sign_in import SignIn, SignInError
from recipebatch.service.snapshots import (
    BlobSnapshot,
    JobSnapshot,
    LabeledResource,
    NodeSnapshot,
    PoolSnapshot,
    PreparationSnapshot,
    ReleaseSnapshot,
    ScheduleSnapshot,
    SupportedImage,
    TaskAddResult,
    TaskFile,
    TaskSnapshot,
)

__all__ = [
    "AccountQuotas",
    "BatchService",
    "BlobSnapshot",
    "BlobStore",
    "Document",
    "DocumentChangedError",
    "JobSnapshot",
    "LabeledResource",
    "Lease",
    "LeaseLostError",
    "NodeSnapshot",
    "PoolSnapshot",
    "PreparationSnapshot",
    "ReleaseSnapshot",
    "ScheduleSnapshot",
    "SignIn",
    "SignInError",
    "SignedAccess",
    "SupportedImage",
    "TaskAddResult",
    "TaskFile",
    "TaskSnapshot",
    "call_within",
    "family_of",
    "guarded_batch",
    "guarded_blobs",
]
