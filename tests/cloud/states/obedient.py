"""A Lambda function on a custom runtime that does what its event says.

`{"fail": "Name"}` fails with that error, `{"sleep": seconds}` takes its time, `{"size": n}` answers
n characters, `{"environment": [names]}` tells variables; `{"answer": …}` answers that.
"""

import io
import zipfile

BOOTSTRAP = b"""#!/usr/bin/env python3
import http.client, json, os, time

API, VERSION = os.environ["AWS_LAMBDA_RUNTIME_API"], "/2018-06-01/runtime/invocation"

def send(method, path, body=None):
    connection = http.client.HTTPConnection(API)
    connection.request(method, VERSION + path, body)
    response = connection.getresponse()
    return response.getheader("Lambda-Runtime-Aws-Request-Id"), response.read()

while True:
    request, event = send("GET", "/next")
    event = json.loads(event)
    time.sleep(event.get("sleep", 0))
    if "fail" in event:
        error = {"errorType": event["fail"], "errorMessage": "as told"}
        send("POST", f"/{request}/error", json.dumps(error))
        continue
    answer = event.get("answer")
    if "size" in event:
        answer = "x" * event["size"]
    if "environment" in event:
        answer = {name: os.environ.get(name) for name in event["environment"]}
    send("POST", f"/{request}/response", json.dumps(answer))
"""


def package():
    """The function as a deployment package."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, BOOTSTRAP)
    return archive.getvalue()
