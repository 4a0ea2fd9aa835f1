"""Looks at the files that every receipt is read by before the first receipt comes."""

from __future__ import annotations

from pipeline.settings import Settings, SettingsError


def check_reading_files(settings: Settings) -> None:
    """Do nothing where they can be used.

    Raises:
        SettingsError: one is wrong; now rather than at each receipt.
    """
    if (chains := settings.chains_file) is not None:
        from ocr.directory import DirectoryError, chains_of_file

        try:
            chains_of_file(chains)
        except DirectoryError as error:
            raise SettingsError(
                f"TILLPOINTS_CHAINS_FILE={chains}: {error}; mend the file, or set no TILLPOINTS_CHAINS_FILE"
            ) from error
    if (folder := settings.locales_dir) is not None:
        from ocr.locales.load import LocaleError, load_packs
        from ocr.locales.vocabulary import BUILT_IN

        if not folder.is_dir():
            raise SettingsError(
                f"TILLPOINTS_LOCALES_DIR={folder}: there is no such folder;"
                " name one of locale packs (docs/locales.md), or set none"
            )
        try:
            load_packs(folder, BUILT_IN.packs)
        except LocaleError as error:
            raise SettingsError(
                f"TILLPOINTS_LOCALES_DIR={folder}: {error}; or set no TILLPOINTS_LOCALES_DIR"
            ) from error
