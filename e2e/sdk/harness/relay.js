// A relay between an SDK and the server: it records what the SDK really sends, and can refuse or damage it on the way.
import { once } from "node:events";
import { createServer, request as openRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { parse } from "./exact-json.js";

/**
 * Starts a relay to `server` that passes everything on unchanged and keeps a record.
 *
 * `refuseFirst` message requests are answered 429 by the relay itself. `damage` may return another body instead of the
 * one that was sent; it exists to show that a test notices.
 */
export async function startRelay(t, server, { refuseFirst = 0, retryAfterSeconds = 1, damage } = {}) {
  const recorded = [];
  let toRefuse = refuseFirst;

  const relay = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const record = { method: incoming.method, path: incoming.url, headers: incoming.headers, body, at: Date.now() };
    recorded.push(record);
    if (isMessages(record) && toRefuse > 0) {
      toRefuse -= 1;
      record.status = 429;
      refuse(incoming, outgoing, retryAfterSeconds);
      return;
    }
    try {
      await passOn(record, outgoing, server, damage);
    } catch {
      outgoing.destroy(); // the server is away, and so is the relay
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  t.after(() => {
    relay.close();
    relay.closeAllConnections();
  });

  return {
    url: `http://127.0.0.1:${relay.address().port}`,
    /** Every request so far, in order of arrival. */
    requests: () => recorded,
    /** Requests that carried messages, in order of arrival, with the status that the SDK saw. */
    messageRequests: () => recorded.filter(isMessages),
    /** Every message sent so far as `{ message, envelope }`, repeated when it was sent again. */
    messages: () => recorded.filter(isMessages).flatMap(messagesOf),
  };
}

/** Message endpoints, as opposed to preflights, settings, scripts and the SDK's own metrics. */
function isMessages({ method, path }) {
  return method === "POST" && !path.endsWith("/m");
}

function refuse(incoming, outgoing, seconds) {
  const body = JSON.stringify({ success: false, code: "too_many_requests", message: "slow down" });
  outgoing.writeHead(429, {
    "content-type": "application/json",
    "retry-after": String(seconds),
    "x-ratelimit-reset": String(seconds),
    // A browser lets the SDK see the answer and its headers only when told so.
    "access-control-allow-origin": incoming.headers.origin ?? "*",
    "access-control-expose-headers": "Retry-After, X-RateLimit-Reset",
  });
  outgoing.end(body);
}

async function passOn(record, outgoing, server, damage) {
  const body = (isMessages(record) && damage?.(record)) || record.body;
  const headers = { ...record.headers };
  if (body !== record.body) {
    delete headers["content-encoding"];
    delete headers["transfer-encoding"];
    headers["content-length"] = String(body.length);
  }
  // The Host header stays the relay's: the server tells SDKs to send where they came from.
  const forwarded = openRequest(server.url + record.path, { method: record.method, headers });
  forwarded.end(body);
  const [answer] = await once(forwarded, "response");
  const answerBody = Buffer.concat(await answer.toArray());
  record.status = answer.statusCode;
  record.answer = answerBody.toString("utf8");
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.end(answerBody);
}

/** The body of a recorded request as text, unpacked when it was compressed. */
export function textOf(record) {
  const compressed = record.headers["content-encoding"] === "gzip";
  return (compressed ? gunzipSync(record.body) : record.body).toString("utf8");
}

function messagesOf(record) {
  const sent = parse(textOf(record));
  if (!Array.isArray(sent.batch)) return [{ message: sent, envelope: {}, record }];
  const { batch, ...envelope } = sent;
  return batch.map((message) => ({ message, envelope, record }));
}
