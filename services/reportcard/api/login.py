"""Login for a person with a browser: an access token, pasted once, kept in a cookie that scripts cannot read."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.reportcard.api import pages
from services.reportcard.api.answers import HTML, answer
from shared.runtime import tokens
from shared.runtime.http import COOKIE, Client, Problem, client_in, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(include_in_schema=False)


class NotLoggedIn(Problem):
    """A browser without a valid token is shown the way to the login."""

    def __init__(self, request: Request) -> None:
        super().__init__(401, "security:authentication", "Authentication Failed", "Log in to see previews.")
        self.where = f"/login?next={quote(request.url.path)}"

    def response(self) -> Response:  # type: ignore[override]
        """A redirect to the login, which leads back."""
        return RedirectResponse(self.where, 303)


async def viewer(request: Request, runtime: Runtime = Depends(runtime_of)) -> Client:
    """The client who asks for a preview; a browser without one is led to the login, a program gets 401."""
    try:
        return client_in(request, runtime)
    except Problem:
        if "text/html" in request.headers.get("accept", ""):
            raise NotLoggedIn(request) from None
        raise


@router.get("/login")
def form(request: Request, next: str = "") -> Response:
    """The form."""
    return _page(request, next, "")


@router.post("/login")
def login(
    request: Request,
    token: Annotated[str, Form(max_length=4000)],
    next: Annotated[str, Form(max_length=500)] = "",
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """Check the token and keep it in the browser; leads on to where the person came from."""
    key = runtime.settings.token_public_key
    try:
        if key is None:
            raise tokens.BadToken("this service has no key to check tokens with; set SCHOOLMARK_TOKEN_PUBLIC_KEY")
        tokens.verify(key, token.strip(), runtime.settings.state)
    except tokens.BadToken as error:
        return _page(request, next, f"{error}.", 401)
    answer = RedirectResponse(_own(next), 303)
    is_secure = request.url.scheme == "https"
    seconds = int(tokens.LIFETIME.total_seconds())
    answer.set_cookie(COOKIE, token.strip(), max_age=seconds, httponly=True, samesite="strict", secure=is_secure)
    return answer


@router.post("/logout")
def logout() -> Response:
    """Forget the token."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _page(request: Request, target: str, error: str, status: int = 200) -> Response:
    text = pages.page("login.html", next=_own(target), error=error, edition=None, years=[])
    return answer(request, text, HTML, is_private=True, status=status)


def _own(target: str) -> str:
    """Only pages of this site behind login are led to."""
    return target if target.startswith("/preview/") and "//" not in target and "\\" not in target else "/editions"
