"""The Batch and blob services: what the phases ask of them, and how the SDKs are made to answer."""

from recipebatch.service.documents import Document, DocumentChangedError, Lease, LeaseLostError
from recipebatch.service.node_access import Access
from recipebatch.service.protocols import BatchService, BlobStore
from recipebatch.service.snapshots import (
    BlobSnapshot,
    JobSnapshot,
    Marked,
    NodeSnapshot,
    PoolSnapshot,
    SupportedImage,
    TaskAddResult,
    TaskFile,
    TaskSnapshot,
)

__all__ = [
    "Access",
    "BatchService",
    "BlobSnapshot",
    "BlobStore",
    "Document",
    "DocumentChangedError",
    "JobSnapshot",
    "Lease",
    "LeaseLostError",
    "Marked",
    "NodeSnapshot",
    "PoolSnapshot",
    "SupportedImage",
    "TaskAddResult",
    "TaskFile",
    "TaskSnapshot",
]
