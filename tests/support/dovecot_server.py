"""Dovecot, the IMAP server of most of the world, as a process of ours: own folder, own ports, any user."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.imap_server import (
    HOST,
    PASSWORD,
    USER,
    ImapServer,
    dying_with_us,
    free_port,
    make_certificate,
    wait_for_port,
)

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = {host}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {user}
mail_gid = {group}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 100
auth_mechanisms = plain login {mechanisms}
auth_failure_delay = 0
disable_plaintext_auth = {refuse_plain}
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
{more}
"""

OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth.conf
}}
"""
OAUTH_ARGUMENTS = """
introspection_url = {introspection_url}
introspection_mode = post
username_attribute = user
active_attribute = active
active_value = true
"""
NO_IDLE = """
protocol imap {
  imap_capability = IMAP4rev1 LITERAL+ UIDPLUS MOVE
}
"""
NOT_EVEN_MOVE = """
protocol imap {
  imap_capability = IMAP4rev1 IDLE
}
"""


@contextmanager
def run_dovecot(
    *, more: str = "", introspection_url: str = "", refuse_plain: bool = False
) -> Iterator[ImapServer]:
    """The server.

    Args:
        more: further lines of configuration.
        introspection_url: where access tokens are shown to be good; switches XOAUTH2 on.
        refuse_plain: no password without encryption, unless from this machine's own address.
    """
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("Dovecot is not installed: apt-get install dovecot-imapd")
    # Not below pytest's own folder: it is private to its owner, and a socket's path has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="tillpoints-dc-", ignore_cleanup_errors=True) as name:
        folder, port, tls_port = Path(name), free_port(), free_port()
        root = os.geteuid() == 0
        user = "nobody" if root else pwd.getpwuid(os.geteuid()).pw_name
        group = "nogroup" if root else grp.getgrgid(os.getegid()).gr_name
        folder.chmod(0o755)
        for part in ("run", "state", "mail"):
            (folder / part).mkdir(mode=0o755)
        if root:
            shutil.chown(folder / "mail", user, group)
        certificate, _ = make_certificate(folder)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        if introspection_url:
            (folder / "oauth.conf").write_text(OAUTH_ARGUMENTS.format(introspection_url=introspection_url))
            more += OAUTH.format(folder=folder)
        (folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=folder,
                host=HOST,
                user=user,
                group=group,
                port=port,
                tls_port=tls_port,
                mechanisms="xoauth2" if introspection_url else "",
                refuse_plain="yes" if refuse_plain else "no",
                more=more,
            )
        )
        process = subprocess.Popen(dying_with_us([program, "-F", "-c", str(folder / "dovecot.conf")]))
        try:
            wait_for_port(port, process, folder / "log")
            yield ImapServer(
                "dovecot",
                port,
                process,
                keywords=True,
                certificate=certificate,
                tls_port=tls_port,
                files=folder / "mail" / USER,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
