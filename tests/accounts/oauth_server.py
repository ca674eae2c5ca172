"""A real OAuth 2 server (Authlib's) on loopback, which signs in whoever comes: code with PKCE, device code, rotating refresh tokens.

`password` is what a mail server may ask it about tokens with (RFC 7662, as Dovecot does).
"""

import os
import secrets
import threading
import time
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialMixin
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

SCOPES = ("https://mail.example/imap", "https://mail.example/smtp", "offline_access")


@dataclass
class Registered(ClientMixin):
    client_id: str
    client_secret: str
    redirects: tuple = ("http://localhost",)

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return self.redirects[0]

    def get_allowed_scope(self, scope):
        return " ".join(one for one in scope.split() if one in SCOPES) if scope else ""

    def check_redirect_uri(self, uri):
        return uri.rpartition(":")[0] in self.redirects  # any port (RFC 8252 s7.3)

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(client_secret, self.client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == ("client_secret_post" if self.client_secret else "none")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return True


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str
    user: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


@dataclass
class Token(TokenMixin):
    client_id: str
    user: str
    access_token: str
    refresh_token: str | None
    scope: str
    expires_in: int
    issued: float = field(default_factory=time.time)
    revoked: bool = False
    renewed: bool = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return time.time() > self.issued + self.expires_in

    def is_revoked(self):
        return self.revoked

    def get_client(self):
        return None

    def get_user(self):
        return self.user


@dataclass
class Device(DeviceCredentialMixin):
    client_id: str
    scope: str
    device_code: str
    user_code: str
    asked: int = 0

    def get_client_id(self):
        return self.client_id

    def get_scope(self):
        return self.scope

    def get_user_code(self):
        return self.user_code

    def is_expired(self):
        return False


class OauthServer:
    """`with OauthServer() as server: server.endpoint("token")`. Knobs: `user`, `lifetime`, `rotates`, `scope`, `broken`."""

    def __init__(self, secret: str = "") -> None:
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback
        self.client = Registered("ours", secret)
        self.user, self.lifetime, self.rotates, self.scope, self.denies = "ana", 3600, True, None, False
        self.approve_after = 0  # polls
        self.broken: tuple[int, str] | None = None  # what the token endpoint says instead
        self.codes: dict[str, Code] = {}
        self.tokens: list[Token] = []
        self.devices: dict[str, Device] = {}
        self.app = self._app()

    def __enter__(self):
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def endpoint(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def table(self, **more) -> dict:
        """[account.secret] oauth."""
        return {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "authorization_endpoint": self.endpoint("authorize"),
            "token_endpoint": self.endpoint("token"),
            "device_authorization_endpoint": self.endpoint("device"),
            "scopes": list(SCOPES),
            **more,
        }

    def good(self, access_token: str) -> Token | None:
        """The token, if it holds."""
        for token in self.tokens:
            if token.access_token == access_token and not token.revoked and not token.is_expired():
                return token
        return None

    def withdraw(self) -> None:
        """As the user does on the provider's page, or by a new password."""
        for token in self.tokens:
            token.revoked = True

    def end_access(self) -> None:
        """Access tokens end; refresh tokens stay."""
        for token in self.tokens:
            token.issued = 0

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = lambda *_a, **_k: f"r{secrets.token_hex(8)}" + "x" * 1500
        server = AuthorizationServer(
            app, query_client=lambda name: self.client if name == "ours" else None, save_token=self._save
        )
        server.register_grant(self._code_grant(), [CodeChallenge(required=True)])
        server.register_grant(self._refresh_grant())
        server.register_grant(self._device_grant())
        server.register_endpoint(self._device_endpoint())
        server.register_token_generator("default", self._generate)

        @app.get("/authorize")
        def authorize():
            user = None if self.denies else self.user
            grant = server.get_consent_grant(end_user=user)
            return server.create_authorization_response(request=None, grant_user=user, grant=grant)

        @app.post("/token")
        def token():
            if self.broken:
                return self.broken[1], self.broken[0]
            return server.create_token_response()

        @app.post("/device")
        def device():
            return server.create_endpoint_response("device_authorization")

        @app.post("/introspect")
        def introspect():
            found = self.good(request.form["token"])
            return jsonify({"active": bool(found), "username": found.user, "scope": found.scope} if found else {"active": False})  # fmt: skip

        return app

    def _generate(self, grant_type, client, user=None, scope=None, expires_in=None, include_refresh_token=True):
        made = {"token_type": "Bearer", "access_token": secrets.token_hex(16), "expires_in": self.lifetime, "scope": self.scope or scope}  # fmt: skip
        if include_refresh_token:
            made["refresh_token"] = f"r{secrets.token_hex(8)}" + "x" * 1500
        return made

    def _save(self, token, asked):
        user = asked.user
        self.tokens.append(Token("ours", user, token["access_token"], token.get("refresh_token"), token["scope"], token["expires_in"]))  # fmt: skip

    def _code_grant(self):
        held = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_post")

            def save_authorization_code(self, code, asked):
                data = asked.payload.data
                held.codes[code] = Code(
                    code, asked.client.client_id, asked.payload.redirect_uri, asked.payload.scope,
                    data["code_challenge"], data["code_challenge_method"], asked.user,
                )  # fmt: skip

            def query_authorization_code(self, code, client):
                return held.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                del held.codes[authorization_code.code]

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        return CodeGrant

    def _refresh_grant(self):
        held = self

        class RefreshGrant(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_post")

            @property
            def INCLUDE_NEW_REFRESH_TOKEN(self):
                return held.rotates

            def authenticate_refresh_token(self, refresh_token):
                found = next((one for one in held.tokens if one.refresh_token == refresh_token), None)
                return found if found and not found.revoked and not found.renewed else None

            def authenticate_user(self, credential):
                return credential.user

            def revoke_old_credential(self, credential):
                credential.renewed = held.rotates

        return RefreshGrant

    def _device_endpoint(self):
        held = self

        class Endpoint(DeviceAuthorizationEndpoint):
            CLIENT_AUTH_METHODS = ("none", "client_secret_post")
            INTERVAL, EXPIRES_IN = 5, 60

            def get_verification_uri(self):
                return held.endpoint("activate")

            def save_device_credential(self, client_id, scope, data):
                held.devices[data["device_code"]] = Device(client_id, scope, data["device_code"], data["user_code"])

        return Endpoint

    def _device_grant(self):
        held = self

        class DeviceGrant(DeviceCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_post")

            def query_device_credential(self, device_code):
                return held.devices.get(device_code)

            def query_user_grant(self, user_code):
                device = next(one for one in held.devices.values() if one.user_code == user_code)
                device.asked += 1
                if held.denies:
                    return held.user, False
                return (held.user, True) if device.asked > held.approve_after else None

            def should_slow_down(self, credential):
                return credential.asked == 1

        return DeviceGrant
