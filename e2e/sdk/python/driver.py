"""Calls segment-analytics-python for each line of standard input."""

import json
import os
import sys
from datetime import datetime

from segment.analytics import Client

# The SDK's methods name their parameters in Python's way.
PARAMETER = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "messageId": "message_id",
}

losses = []
client = Client(
    os.environ["SDK_WRITE_KEY"],
    host=os.environ["SDK_HOST"],
    gzip=os.environ.get("SDK_GZIP") == "1",
    upload_size=5,
    upload_interval=0.1,
    on_error=lambda error, batch: losses.append(error),
)

for line in sys.stdin:
    call = json.loads(line)
    method = getattr(client, call.pop("type"))
    parameters = {PARAMETER.get(name, name): value for name, value in call.items()}
    if "timestamp" in parameters:
        parameters["timestamp"] = datetime.fromisoformat(parameters["timestamp"].replace("Z", "+00:00"))
    accepted, _ = method(**parameters)
    if not accepted:
        losses.append("the SDK's queue was full")

client.flush()
for loss in losses:
    print(loss, file=sys.stderr)
sys.exit(1 if losses else 0)
