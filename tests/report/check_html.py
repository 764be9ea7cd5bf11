#!/usr/bin/env python3
"""Holds every golden page to its promises: one file, nothing active.

Usage: check_html.py PAGE...
"""
import html.parser
import re
import sys

VOID = {"meta", "br", "line", "path", "circle", "polyline"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "iframe", "object", "embed", "link", "base",
                   "form", "img"):
            self.wrong.append(f"<{tag}> at {self.getpos()}")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name == "href":
                self.links.append(value)
            elif name.startswith("on") or name in ("src", "srcset"):
                self.wrong.append(f"attribute {name} at {self.getpos()}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} closes nothing")
        else:
            self.open.pop()


def check(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    wrong = page.wrong + [f"<{tag}> is never closed" for tag in page.open]
    wrong += [f"id {i} twice" for i in set(page.ids) if page.ids.count(i) > 1]
    wrong += [f"link {link} leads nowhere" for link in page.links
              if link[:1] != "#" or link[1:] not in page.ids]
    wrong += [f"'{word}' is in the page"
              for word in re.findall(r"https?://|url\(|@import", text)]
    if "default-src 'none'; style-src 'unsafe-inline'" not in text:
        wrong.append("the content policy is missing")
    for complaint in wrong:
        print(f"{path}: {complaint}")
    return not wrong


if __name__ == "__main__":
    pages = sys.argv[1:]
    good = [check(path) for path in pages]
    print(f"{len(pages)} pages checked")
    sys.exit(0 if pages and all(good) else 1)
