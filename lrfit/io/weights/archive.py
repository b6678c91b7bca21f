"""Zip archives whose members are looked at, with limits, before any is read."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from lrfit.io.limits import FREE_BYTES, MAX_INFLATION, ReadLimits, RefusedError
from lrfit.io.text import byte_size, shown

_ENCRYPTED = 0x1


class Archive:
    """A zip archive: the sizes of its members by name, and their bytes.

    Raises
    ------
    RefusedError
        Not a whole zip archive, or more in it than the limits allow.
    """

    def __init__(self, file: BinaryIO, limits: ReadLimits) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _damaged(error) from None
        members = self._zip.infolist()
        if len(members) > limits.objects:
            raise RefusedError(f"there are more than {limits.objects:,} members; store fewer")
        self.members = {each.filename: each for each in members}
        if len(self.members) < len(members):
            raise RefusedError("a member is in the archive twice; the file is damaged")
        for each in members:
            _check(each)
        if sum(each.file_size for each in members) > limits.data_bytes:
            raise RefusedError(
                f"the archive unpacks to more than {byte_size(limits.data_bytes)}; store less"
            )

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises
        ------
        RefusedError
            It is damaged.
        """
        try:
            return self._zip.read(self.members[name])
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise _damaged(error) from None
        except Exception as error:  # zlib, lzma and bz2 have exceptions of their own
            raise _damaged(error) from None

    def is_stored(self, name: str) -> bool:
        """Whether a member is not compressed."""
        return self.members[name].compress_type == zipfile.ZIP_STORED

    def size(self, name: str) -> int:
        """Bytes of a member once read."""
        return self.members[name].file_size


def _check(member: zipfile.ZipInfo) -> None:
    name = shown(member.filename)
    if member.flag_bits & _ENCRYPTED:
        raise RefusedError(f"the member {name} is encrypted; store it without a password")
    if member.file_size > FREE_BYTES + MAX_INFLATION * member.compress_size:
        raise RefusedError(f"the member {name} declares more than it can hold; it is damaged")


def _damaged(error: Exception) -> RefusedError:
    why = shown(f"{type(error).__name__}: {error}", 160)
    return RefusedError(f"the archive is damaged or was cut off ({why}); write it again")
