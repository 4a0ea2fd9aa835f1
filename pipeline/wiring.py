"""Builds what the settings ask for: database, store, engine, catalog indexes. Nothing else does."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from pipeline.campaigns import ParsedCampaigns
from pipeline.channels import NO_CHANNELS, ChannelsError, ProgramChannels, load_channels
from pipeline.learned_books import LearnedBooks
from pipeline.publish import JsonLinesPublisher
from pipeline.reading_files import check_reading_files
from pipeline.sealed_store import SealedStore, master_keys
from pipeline.setting_words import EngineName
from pipeline.settings import Settings, SettingsError
from pipeline.tracing import begin_tracing
from receipts.database.engine import Database
from receipts.database.repositories.programs import ProgramData
from receipts.files import Store
from receipts.files.local import LocalStore
from receipts.files.quarantine import LocalQuarantine, Quarantine
from receipts.identity import ProgramId

_log = structlog.get_logger(__name__)

if TYPE_CHECKING:  # these take half a second to load, some of them twice: only who uses them does
    from awarding.fraud.fiscal.base import KeyRing
    from awarding.fraud.store_list import StoreList
    from ingest.email.resolver import Resolver
    from ingest.email.smtp import MailSender
    from ingest.sms.media import MediaFetcher
    from ingest.sms.outgoing import TextSender
    from matching.index import CatalogIndex
    from ocr.engines.base import OcrEngine
    from pipeline.provider.oidc import Provider
    from pipeline.publishers.base import Publisher
    from pipeline.publishers.config import Publishers
    from receipts.catalog import Catalog

MEDIA_TIMEOUT_S = 25.0
"""For one picture of a text: three slow ones still end before the worker's own alarm (80 s)."""
PROVIDER_BACK = "/sign-in/provider/back"
"""Where browsers come back to from a provider of OpenID Connect."""
STATUS_PATH = "/channels/twilio/status"
"""Where the provider reports how a text of ours fares."""
_INDEXES_KEPT = 8
"""Catalog indexes a process keeps: about 25 MB each for 10,000 products (docs/matching.md)."""


class Wiring:
    """One process's parts, each built when first asked for. After a fork, make a new one."""

    def __init__(self, settings: Settings, *, acts_across: bool = False) -> None:
        self.settings = settings
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"TILLPOINTS_DATA_DIR={settings.data_dir}: cannot be made ({error.strerror});"
                " name a folder that this user may write to"
            ) from error
        self.database = Database(settings.resolved_database_url, acts_across=acts_across)
        self._indexes: OrderedDict[tuple[ProgramId, int], CatalogIndex] = OrderedDict()
        self._index_lock = Lock()
        self.parsed_campaigns = ParsedCampaigns()
        self._mail_senders: dict[ProgramId, MailSender | None] = {}

    @cached_property
    def store(self) -> SealedStore:
        """Originals and derivatives, sealed where the installation has keys."""
        return SealedStore(self.plain_store, self.database, master_keys(self.settings))

    @cached_property
    def plain_store(self) -> Store:
        """The same as they lie there."""
        settings = self.settings
        if not settings.files_url:
            return self.folder_store(settings.data_dir / "files")
        from receipts.files.s3 import S3Store  # boto3 is an extra

        endpoint, encryption = settings.s3_endpoint_url or None, settings.s3_encryption.value
        return S3Store.from_url(settings.files_url, endpoint_url=endpoint, encryption=encryption)

    @cached_property
    def quarantine(self) -> Quarantine:
        """Where files lie that clients sent past our servers."""
        settings = self.settings
        if not settings.files_url:
            url = f"{settings.resolved_public_url}/v1/direct-uploads"
            folder, masters = settings.data_dir / "quarantine", self.store.masters
            return LocalQuarantine(folder, url=url, secret_key=self.secret_key, masters=masters)
        from receipts.files.s3_quarantine import S3Quarantine

        return S3Quarantine.from_url(
            settings.files_url,
            endpoint_url=settings.s3_endpoint_url or None,
            public_url=settings.s3_public_url or settings.s3_endpoint_url or None,
            encryption=settings.s3_encryption.value,
        )

    def folder_store(self, folder: Path) -> Store:
        """Files in a folder: ours, or those of a backup."""
        return LocalStore(folder)

    @cached_property
    def engine(self) -> OcrEngine:
        """The OCR engine: one a process, loaded on first use."""
        if self.settings.ocr_engine is EngineName.TESSERACT:
            from ocr.engines.tesseract import TesseractEngine

            return TesseractEngine()
        from ocr.engines.rapid import RapidEngine  # a second of loading that text documents never need

        return RapidEngine(bfloat16=self.settings.ocr_bfloat16)

    def load_engine(self) -> OcrEngine:
        """The engine, for readers that may not need it."""
        return self.engine

    @cached_property
    def channels(self) -> Mapping[ProgramId, ProgramChannels]:
        """How each program is reached besides uploads.

        Raises:
            SettingsError: the file of channels is wrong.
        """
        if self.settings.channels_file is None:
            return {}
        try:
            return load_channels(self.settings.channels_file)
        except ChannelsError as error:
            raise SettingsError(f"TILLPOINTS_CHANNELS_FILE: {error}") from error

    def channels_of(self, program_id: ProgramId) -> ProgramChannels:
        """How this program is reached; a program that the file does not name takes uploads only."""
        return self.channels.get(program_id, NO_CHANNELS)

    @cached_property
    def stores(self) -> Mapping[ProgramId, StoreList]:
        """Each program's list of retailers and stores; a program that lists none is not in it.

        Raises:
            SettingsError: the file is wrong.
        """
        if self.settings.stores_file is None:
            return {}
        from awarding.fraud.store_list import StoreListError, load_stores

        try:
            return load_stores(self.settings.stores_file)
        except (OSError, UnicodeDecodeError, StoreListError) as error:
            raise SettingsError(f"TILLPOINTS_STORES_FILE={self.settings.stores_file}: {error}") from error

    @cached_property
    def resolver(self) -> Resolver:
        """Asks DNS for the keys of mail signatures."""
        from ingest.email.resolver import FixedResolver, SystemResolver

        if self.settings.dns_file is not None:
            try:
                return FixedResolver.from_file(self.settings.dns_file)
            except (OSError, ValueError) as error:
                raise SettingsError(f"TILLPOINTS_DNS_FILE={self.settings.dns_file}: {error}") from error
        return SystemResolver(timeout_s=self.settings.dns_timeout_s, lifetime_s=self.settings.dns_timeout_s)

    def mail_sender(self, program_id: ProgramId) -> MailSender | None:
        """Sends the program's mails; None where it has no SMTP server. Kept: it holds an access token."""
        if program_id not in self._mail_senders:
            self._mail_senders[program_id] = self._make_mail_sender(program_id)
        return self._mail_senders[program_id]

    def _make_mail_sender(self, program_id: ProgramId) -> MailSender | None:
        from ingest.email.smtp import MailSender
        from pipeline.mail_servers import smtp_server

        settings = self.channels_of(program_id).email
        server = None if settings is None else smtp_server(settings)
        return None if server is None else MailSender(server)

    def text_sender(self, program_id: ProgramId) -> TextSender | None:
        """Sends the program's texts; None where it has no numbers."""
        from ingest.sms.outgoing import API_URL, TextAccount, TextSender

        settings = self.channels_of(program_id).sms
        if settings is None:
            return None
        callback = f"{self.settings.resolved_public_url}{STATUS_PATH}" if settings.status_callbacks else ""
        account = TextAccount(
            settings.account_sid,
            settings.auth_token,
            messaging_service_sid=settings.messaging_service_sid,
            status_callback=callback,
            api_url=settings.api_base_url or API_URL,
        )
        return TextSender(account)

    def media_fetcher(self, program_id: ProgramId) -> MediaFetcher | None:
        """Fetches the media of the program's texts; None where it has no numbers."""
        from ingest.sms.media import MediaAccount, MediaFetcher, MediaLimits
        from ingest.sms.places import MEDIA_PLACES, MediaPlaces

        settings = self.channels_of(program_id).sms
        if settings is None:
            return None
        return MediaFetcher(
            MediaAccount(settings.account_sid, settings.auth_token),
            places=MediaPlaces.of(settings.media_hosts or MEDIA_PLACES, test_url=settings.api_base_url),
            limits=MediaLimits(max_bytes=self.settings.max_upload_bytes, total_s=MEDIA_TIMEOUT_S),
        )

    @cached_property
    def fiscal_keys(self) -> KeyRing:
        """The keys that fiscal codes are verified with; none where no file of them is set."""
        path = self.settings.fiscal_keys_file
        if path is None:
            return ()
        from awarding.fraud.fiscal.keys import KeyFileError, parse_keys

        try:
            return parse_keys(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeError, KeyFileError) as error:
            raise SettingsError(f"TILLPOINTS_FISCAL_KEYS_FILE={path}: {error}") from error

    @cached_property
    def provider(self) -> Provider | None:
        """By which staff sign in; None where none is set."""
        from pipeline.provider.base import ProviderSettings

        settings = ProviderSettings.of(self.settings)
        if settings is None:
            return None
        from pipeline.provider.oidc import Provider

        return Provider(settings, f"{self.settings.resolved_public_url}{PROVIDER_BACK}")

    @cached_property
    def publisher(self) -> JsonLinesPublisher:
        """Where published messages go beside the pull feed."""
        return JsonLinesPublisher(self.settings.messages_file)

    @cached_property
    def publishers(self) -> Publishers:
        """The ways to the core loyalty service that the file of publishers names, by program and name.

        Raises:
            SettingsError: the file is wrong.
        """
        if self.settings.publishers_file is None:
            return {}
        from pipeline.publishers.config import PublishersError, load_publishers

        try:
            return load_publishers(self.settings.publishers_file)
        except PublishersError as error:
            raise SettingsError(f"TILLPOINTS_PUBLISHERS_FILE: {error}") from error

    def publisher_of(self, program_id: ProgramId, name: str) -> Publisher:
        """One of them, ready to send.

        Raises:
            SettingsError: its secret is not there, or its library is not installed.
        """
        from pipeline.publishers.make import make_publisher

        settings = self.publishers[program_id][name]
        return make_publisher(settings, where=f"{program_id}.{name}", lines=JsonLinesPublisher)

    @cached_property
    def learned_books(self) -> LearnedBooks:
        """What reviewers taught, a book for each program's shop."""
        return LearnedBooks(self.database)

    def catalog_index(self, program_id: ProgramId, on: date | None = None) -> tuple[int, CatalogIndex] | None:
        """Number and index of the catalog for purchases of that day, or today's; None where there is none."""
        with self.database.read() as session:
            newest = ProgramData(session, program_id).newest_catalog(on)
        if newest is None:
            return None
        return newest[0], self.catalog_index_of(program_id, newest[0])

    def catalog_index_of(self, program_id: ProgramId, number: int) -> CatalogIndex:
        """The index of one version of the catalog: built once on a machine, then mapped by each process."""
        key = (program_id, number)
        with self._index_lock:
            if key not in self._indexes:
                self._indexes[key] = self._mapped_index(program_id, number)
                if len(self._indexes) > _INDEXES_KEPT:
                    self._indexes.popitem(last=False)
            self._indexes.move_to_end(key)
            return self._indexes[key]

    def _mapped_index(self, program_id: ProgramId, number: int) -> CatalogIndex:
        from matching.index import CatalogIndex
        from matching.store import IndexShelf

        def built(earlier: CatalogIndex | None) -> CatalogIndex:
            with self.database.read() as session:
                catalog = ProgramData(session, program_id).catalog(number)
            return CatalogIndex.build(catalog, earlier=earlier)

        with self.database.read() as session:
            version, before = ProgramData(session, program_id).catalog_version(number)
        try:
            shelf = IndexShelf(self._shelf_of(program_id))
            return shelf.open_or_build(version, built, earlier_version=before)
        except OSError as error:
            _log.warning("index not kept", program=program_id, error=str(error))
            return built(None)

    def _shelf_of(self, program_id: ProgramId) -> Path:
        # A program's name may hold what no file's may; programs share no index, even of equal catalogs.
        own = hashlib.sha256(program_id.encode()).hexdigest()[:16]
        return self.settings.data_dir / "indexes" / own

    def keep_index(self, program_id: ProgramId, catalog: Catalog, *, name: str, earlier: str | None) -> None:
        """Build a catalog's index before it is in force under that name, so that no receipt waits for it."""
        from matching.index import CatalogIndex
        from matching.store import IndexShelf

        def built(known: CatalogIndex | None) -> CatalogIndex:
            return CatalogIndex.build(replace(catalog, version=name), earlier=known)

        try:
            IndexShelf(self._shelf_of(program_id)).open_or_build(name, built, earlier_version=earlier)
        except OSError as error:
            _log.warning("index not kept", program=program_id, error=str(error))

    def index_of(self, catalog: Catalog, *, earlier: CatalogIndex | None) -> CatalogIndex:
        """The index of a catalog that is not in force and may never be: kept by nobody."""
        from matching.index import CatalogIndex

        return CatalogIndex.build(catalog, earlier=earlier)

    def tidy_indexes(self, program_id: ProgramId, *, pretend: bool = False) -> int:
        """Remove indexes of catalogs that no receipt to come is matched against, but for the last of these.

        They can be built again from the database at any time. Who has one open goes on with it.
        """
        from matching.store import IndexShelf

        with self.database.read() as session:
            data = ProgramData(session, program_id)
            held = data.holding()
            needed = {each.version for each in data.catalogs() if each.number in held}
            superseded = [each for each in data.catalogs() if each.number not in held]
        # A receipt that was being matched while the catalog changed still asks for the one before.
        last = max(superseded, key=lambda each: each.in_force_at, default=None)
        needed |= set() if last is None else {last.version}
        return IndexShelf(self._shelf_of(program_id)).keep_only(needed, pretend=pretend)

    @cached_property
    def secret_key(self) -> str:
        """Signs sessions and tokens; made on first use where none is set, readable by the owner alone."""
        if self.settings.secret_key:
            return self.settings.secret_key
        path = self.settings.data_dir / "secret_key"
        if not path.exists():
            fresh = path.with_name(f"secret_key.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            try:
                os.link(fresh, path)  # two processes that start together: the first one's stands
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text().strip()

    def close(self) -> None:
        """Give back connections."""
        self.database.close()


def build(settings: Settings, *, acts_across: bool = False) -> Wiring:
    """Everything for one process; migrations are the caller's to run (`Database.migrate`).

    `acts_across` is for processes that serve every program: PostgreSQL shows all others no row until they
    say for which program they act (`receipts.database.acting`).

    Raises:
        SettingsError: a setting names a file or folder that cannot be used.
    """
    check_reading_files(settings)
    begin_tracing(settings)
    master_keys(settings)  # a wrong file stops the start, not every upload
    wiring = Wiring(settings, acts_across=acts_across)
    # A wrong file stops the start, not every receipt or message.
    _ = wiring.stores, wiring.publishers, wiring.fiscal_keys
    return wiring
