"""The tables, a file for each part of the house; importing this imports all of them."""

from receipts.database.tables.books import (
    ClaimEndRow,
    ClaimRow,
    DuePointsRow,
    LedgerEntryRow,
    MessageRow,
)
from receipts.database.tables.changes import RetailerFactRow, StaffEventRow
from receipts.database.tables.channels import (
    InboundKeyRow,
    InboundRerunRow,
    InboundRow,
    LeaseRow,
    LinkedAddressRow,
    LinkRow,
    OptOutRow,
    OutgoingRow,
    SecretAddressRow,
)
from receipts.database.tables.deliveries import DeliveryRow, PublisherRow
from receipts.database.tables.desk import LineCorrectionRow, PlannedDecisionRow, SavedViewRow, SecondWordRow
from receipts.database.tables.earning import (
    ActivityRow,
    CampaignBudgetRow,
    CampaignReserveRow,
    MemberBadgeRow,
    MemberFactsRow,
    MemberPurchaseRow,
    MemberStatusRow,
    MemberTierRow,
    StatusDocumentRow,
)
from receipts.database.tables.facts import LineFactRow, ReceiptFactRow
from receipts.database.tables.file_keys import FileKeyRow, MemberKeyRow, SealedFileRow
from receipts.database.tables.fraud import TraceRow, WitnessRow
from receipts.database.tables.intake import (
    ArtefactRow,
    IdempotencyRow,
    PurchaseLookupRow,
    ReceiptRow,
    SubmissionRow,
)
from receipts.database.tables.keys import (
    ApiKeyRow,
    ProviderLinkRow,
    RecoveryCodeRow,
    SecondStepRow,
    SpentStateRow,
)
from receipts.database.tables.learned import AliasEventRow, AliasRow, AliasShopRow
from receipts.database.tables.origins import (
    BroughtBalanceRow,
    BroughtEventRow,
    BroughtTierRow,
    MemberOriginRow,
    MigrationRunRow,
)
from receipts.database.tables.pictures import PictureBandRow
from receipts.database.tables.points import (
    GiftRow,
    RedemptionRow,
    ReturnedLineRow,
    ReturnReportRow,
    ReturnRow,
    WaitingReturnRow,
)
from receipts.database.tables.policies import BlindReviewRow, FraudPolicyRow, PolicyEventRow
from receipts.database.tables.privacy import ErasureRow, FileLookRow, FileRemovalRow
from receipts.database.tables.programs import (
    AccountRow,
    CampaignRow,
    CatalogProductRow,
    CatalogVersionRow,
    MemberRow,
    ProgramRow,
)
from receipts.database.tables.sending import (
    LineObjectionRow,
    ReceiptShotRow,
    UploadPieceRow,
    UploadRow,
)
from receipts.database.tables.withdrawals import WithdrawalRow
from receipts.database.tables.work import (
    FailedTryRow,
    HeartbeatRow,
    LineAnswerRow,
    OutboxRow,
    ReviewCaseRow,
    ReviewEventRow,
)

__all__ = [
    "AccountRow",
    "ActivityRow",
    "AliasEventRow",
    "AliasRow",
    "AliasShopRow",
    "ApiKeyRow",
    "ArtefactRow",
    "BlindReviewRow",
    "BroughtBalanceRow",
    "BroughtEventRow",
    "BroughtTierRow",
    "CampaignBudgetRow",
    "CampaignReserveRow",
    "CampaignRow",
    "CatalogProductRow",
    "CatalogVersionRow",
    "ClaimEndRow",
    "ClaimRow",
    "DeliveryRow",
    "DuePointsRow",
    "ErasureRow",
    "FailedTryRow",
    "FileKeyRow",
    "FileLookRow",
    "FileRemovalRow",
    "FraudPolicyRow",
    "GiftRow",
    "HeartbeatRow",
    "IdempotencyRow",
    "InboundKeyRow",
    "InboundRerunRow",
    "InboundRow",
    "LeaseRow",
    "LedgerEntryRow",
    "LineAnswerRow",
    "LineCorrectionRow",
    "LineFactRow",
    "LineObjectionRow",
    "LinkRow",
    "LinkedAddressRow",
    "MemberBadgeRow",
    "MemberFactsRow",
    "MemberKeyRow",
    "MemberOriginRow",
    "MemberPurchaseRow",
    "MemberRow",
    "MemberStatusRow",
    "MemberTierRow",
    "MessageRow",
    "MigrationRunRow",
    "OptOutRow",
    "OutboxRow",
    "OutgoingRow",
    "PictureBandRow",
    "PlannedDecisionRow",
    "PolicyEventRow",
    "ProgramRow",
    "ProviderLinkRow",
    "PublisherRow",
    "PurchaseLookupRow",
    "ReceiptFactRow",
    "ReceiptRow",
    "ReceiptShotRow",
    "RecoveryCodeRow",
    "RedemptionRow",
    "RetailerFactRow",
    "ReturnReportRow",
    "ReturnRow",
    "ReturnedLineRow",
    "ReviewCaseRow",
    "ReviewEventRow",
    "SavedViewRow",
    "SealedFileRow",
    "SecondStepRow",
    "SecondWordRow",
    "SecretAddressRow",
    "SpentStateRow",
    "StaffEventRow",
    "StatusDocumentRow",
    "SubmissionRow",
    "TraceRow",
    "UploadPieceRow",
    "UploadRow",
    "WaitingReturnRow",
    "WithdrawalRow",
    "WitnessRow",
]
