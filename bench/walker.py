"""A sequential walker on DMTF's `redfish` client: one request after the other, each body into a file. It stands in for DMTF's Redfish-Mockup-Creator,
which PyPI does not have: the same client library, and the same links from the service root: `@odata.id`, the next page of a collection,
`@Redfish.ActionInfo` and `Uri` (the trees that it captured hold what these lead to).

    walker.py ADDRESS USER FOLDER < PASSWORD        prints one JSON line: {"seconds", "uris"}
"""

import json
import os
import sys
import time

import redfish
import urllib3

LINKS = ("@odata.id", "@Redfish.ActionInfo", "Uri")
START = ["/redfish", "/redfish/v1", "/redfish/v1/odata", "/redfish/v1/$metadata"]


def main():
    address, user, folder = sys.argv[1:4]
    urllib3.disable_warnings()
    started = time.monotonic()
    client = redfish.redfish_client(base_url=address, username=user, password=sys.stdin.readline().rstrip("\n"), timeout=60, max_retry=2)
    client.login(auth="session")
    try:
        uris = walk(client, folder)
    finally:
        client.logout()
    print(json.dumps({"seconds": time.monotonic() - started, "uris": uris}))


def walk(client, folder):
    uris, known, done = list(START), {key(uri) for uri in START}, 0
    while done < len(uris):
        text = client.get(uris[done]).text
        with open(os.path.join(folder, f"{done}.json"), "w", encoding="utf-8") as file:
            file.write(text)
        done += 1
        try:
            document = json.loads(text)
        except ValueError:
            continue
        for link in links(document):
            if link.startswith("/redfish") and key(link) not in known:
                known.add(key(link))
                uris.append(link.split("#")[0])
    return uris


def links(document):
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        if isinstance(value, dict):
            for name, child in value.items():
                if isinstance(child, str) and (name in LINKS or name.endswith("nextLink")):
                    yield child
                waiting.append(child)


def key(uri):
    return uri.split("#")[0].rstrip("/")


main()
