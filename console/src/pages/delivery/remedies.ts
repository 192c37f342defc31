/** What to do about each code that this server gives a reason; HTTP statuses have theirs below. */
const REMEDIES: Record<string, string> = {
  FILTERED_BY_INTEGRATIONS_OBJECT: "The event itself says that this destination is not to have it. Change `integrations` where it is sent, if that is not meant.",
  MESSAGE_SENT_CLIENT_SIDE: "Nothing is to be done: the device had sent it to this destination already.",
  UNSUPPORTED_EVENT_TYPE: "Nothing is to be done, unless the destination should know this type of event.",
  NO_MATCHING_MAPPING: "Nothing is to be done if this is meant. Otherwise put what is missing into the destination's settings; what comes from then on is sent.",
  FILTERED_AT_MAPPING: "Nothing is to be done if this is meant. Otherwise put into the event what is missing, where it is sent.",
  UNKNOWN_INTEGRATION: "This server does not have this kind of destination. Update the server, or delete the destination.",
  DESTINATION_DISABLED: "Switch the destination on, then replay just the failures.",
  REPLAY_CANCELLED: "Replay the failures, if these events are still to be sent.",
  EVENT_GONE: "The event is no longer kept, so it can't be sent. Keep events for longer than your longest outage.",
  INVALID_SETTINGS: "Put the destination's settings right, test the connection, then replay the failures.",
  PAYLOAD_VALIDATION_FAILED: "Compare the event with what the destination wants, put it right where it is sent, then replay the failures.",
  MESSAGE_REJECTED: "The destination understood the event and will never take it as it is. What it answered says why; put it right where it is sent.",
  INTERNAL: "This is a mistake of the server. Report it with the server's log of that time, then replay the failures.",
  RETRY: "Time ran out before the destination took it. Look at the destination's queue for what holds it up, then replay the failures.",
  ETIMEDOUT: "Check that the destination's address can be reached and answers quickly enough, then replay the failures.",
  ENOTFOUND: "The host name has no address. Check the URL in the settings for a typing error, then replay the failures.",
  EAI_AGAIN: "The host name could not be looked up at that time. Check the name servers of the server's machine, then replay the failures.",
  ECONNREFUSED: "Nobody listens at the destination's address. Check that it is running, and host and port in the settings, then replay the failures.",
  ECONNRESET: "The connection ended before the answer did. Check the destination and what lies before it, such as a proxy or a firewall, then replay the failures.",
  ECONNABORTED: "The encrypted connection could not be trusted. Check the destination's certificate: its date, its name and who issued it. Then replay the failures.",
  EHOSTUNREACH: "No way leads to the destination's address. Check the network between the server and it, then replay the failures.",
  EREFUSED: "Either the address lies in a private network that requests may not reach, or what answers there does not speak HTTP. Check the URL in the settings, then replay the failures.",
  "401": "The destination does not accept the credentials. Put new ones into its settings, then replay the failures.",
  "403": "The credentials may not do this. Give them the right at the destination, then replay the failures.",
  "404": "The address is not there. Check it in the destination's settings, then replay the failures.",
  "410": "The address is gone for good. Ask the destination for the new one, then replay the failures.",
  "413": "The event is larger than the destination takes. Send less with it, or raise the limit over there.",
  "429": "The destination takes fewer events than are sent. Lower the rate in its settings, then replay the failures.",
};

const STATUS = /^\d{3}$/;

/** The codes with a remedy of their own, statuses aside. */
export const CODES_WITH_REMEDY: readonly string[] = Object.keys(REMEDIES).filter((code) => !STATUS.test(code));

/** What to do about a reason; every one has an answer. */
export function remedyOf(step: "filtered" | "failed", code: string): string {
  const known = REMEDIES[code];
  if (known) return known;
  if (step === "filtered") return "Nothing is to be done if this is meant. What is filtered is counted and not sent.";
  if (/^5\d\d$/.test(code)) return "The trouble is at the destination. Once it is over, replay the failures.";
  if (/^4\d\d$/.test(code)) return "The destination does not take this request. What it answered says why; put it right, then replay the failures.";
  return "Look at what was sent and what came back, put that right, then replay the failures.";
}
