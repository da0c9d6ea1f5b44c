"""How a client and an OVMS server (v2 protocol, scheme 0) prove to each other that they know the vehicle's password.

The password itself is never sent: each side sends a token with its digest. From both tokens follows the key of two
ciphers, one for each direction, which run on over the whole connection. Verified with a recorded connection.
"""

import base64
import hmac
import secrets
import string
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

from .errors import CannotConnect

TOKEN_LENGTH: Final = 22
_TOKEN_LETTERS: Final = string.ascii_letters + string.digits + "+/"
# The first bytes of an RC4 stream tell of its key, so the protocol throws them away.
_DISCARDED: Final = 1024


def new_token() -> str:
    """Make the token of one login."""
    return "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(TOKEN_LENGTH))


def digest(password: str, token: str) -> str:
    """Prove for a token that one knows the password."""
    return base64.b64encode(_hmac(password, token)).decode()


def is_digest(password: str, token: str, proof: str) -> bool:
    """Whether somebody's proof for a token is right; it may lack the padding at its end."""
    return hmac.compare_digest(digest(password, token).rstrip("=").encode(), proof.rstrip("=").encode())


def session_key(password: str, server_token: str, client_token: str) -> bytes:
    """The key of both ciphers of a connection."""
    return _hmac(password, server_token + client_token)


def stream(key: bytes) -> CipherContext:
    """Start the cipher of one direction; encrypting and decrypting are the same.

    Raises:
        CannotConnect: this machine's OpenSSL was built without RC4.
    """
    try:
        cipher = Cipher(ARC4(key), mode=None).encryptor()
    except UnsupportedAlgorithm as error:
        raise CannotConnect("this machine's OpenSSL has no RC4, which the protocol needs") from error
    cipher.update(bytes(_DISCARDED))
    return cipher


def _hmac(password: str, text: str) -> bytes:
    # A password that is no valid text is a wrong one, and nothing more.
    return hmac.digest(password.encode(errors="surrogatepass"), text.encode(), "md5")
