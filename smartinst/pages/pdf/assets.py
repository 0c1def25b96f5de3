"""Addresses of files in templates/assets, the only ones that WeasyPrint may load."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from smartinst.shipped import ASSETS

ASSET_URLS: Final = "asset:///"


def asset_fetcher(weasyprint: Any) -> Any:
    """A fetcher of `data:` and of files in templates/assets, which refuses other addresses."""
    urls = weasyprint.urls

    class AssetFetcher(urls.URLFetcher):  # type: ignore[misc,name-defined]  # WeasyPrint has no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            path = ASSETS / unquote(urlsplit(url).path).lstrip("/")
            if (
                not url.startswith(ASSET_URLS)
                or not path.resolve().is_relative_to(ASSETS.resolve())
                or not path.is_file()
            ):
                raise urls.FatalURLFetchingError(
                    f"the report requested {url[:120]}: loading from outside is not allowed"
                )
            return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return AssetFetcher(allow_redirects=False)
